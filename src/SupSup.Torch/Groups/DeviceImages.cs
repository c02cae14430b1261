using SupSup.Core.Datasets;
using SupSup.Core.Tasks;
using static TorchSharp.torch;

namespace SupSup.Torch.Groups;

/// <summary>
/// A dataset's training examples in a device's memory, and how they become inputs: images as raw bytes behind one of background, rows of
/// numbers normalised behind one that is never asked for.
/// </summary>
internal sealed class DeviceImages : IDisposable
{
    private readonly Tensor _examples;
    private readonly Tensor _labels;
    private readonly Tensor? _normalized;
    private readonly int _channels;

    /// <summary>Copies the training examples to the device, images by one byte a pixel.</summary>
    public DeviceImages(Dataset dataset, Device device)
    {
        Dataset = dataset;
        ExampleSet train = dataset.Train;
        long[] shape = [train.Count, train.Shape.Length];
        bool isImages = train.Shape is ExampleShape.Pixels;
        using Tensor examples = isImages ? tensor(train.Pixels, shape, uint8) : tensor(Rows(dataset), shape, float32);
        _examples = zeros([train.Count, 1 + train.Shape.Length], examples.dtype, device);
        using Tensor behindBackground = _examples.narrow(1, 1, train.Shape.Length);
        behindBackground.copy_(examples);
        _labels = tensor(Array.ConvertAll(train.Labels, label => (long)label), [train.Count], int64, device);

        // A table, as the host uses one: computing it on each device would round differently.
        _channels = isImages ? dataset.Normalization.Entries : 1;
        _normalized = isImages ? tensor(dataset.Normalization.Table(), [_channels, 256], float32, device) : null;
    }

    /// <summary>Whose examples they are.</summary>
    public Dataset Dataset { get; }

    /// <summary>The column of an example that holds a pixel or number; the first holds the background.</summary>
    /// <param name="pixel">Which, or <see cref="ClassificationTask.Background"/>.</param>
    public static long Column(int pixel) => pixel - ClassificationTask.Background;

    /// <summary>Makes one batch for each task, as new tensors.</summary>
    /// <param name="examples">Which images, int32 [tasks, rows].</param>
    /// <param name="source">For each input of each task its <see cref="Column"/>, int64 [tasks, 1, in].</param>
    /// <param name="classes">Each task's number of each of the dataset's classes, int64 [tasks, classes].</param>
    /// <returns>Normalised inputs [tasks, rows, in] and int64 labels [tasks, rows, 1].</returns>
    public (Tensor Inputs, Tensor Labels) Gather(Tensor examples, Tensor source, Tensor classes)
    {
        (long tasks, long rows, long inputs) = (examples.shape[0], examples.shape[1], source.shape[2]);
        using Tensor flat = examples.reshape(-1);
        using Tensor numbers = _labels.index_select(0, flat);
        using Tensor byTask = numbers.view(tasks, rows);
        using Tensor own = classes.gather(1, byTask);
        Tensor labels = own.unsqueeze(2);
        using Tensor chosen = _examples.index_select(0, flat).view(tasks, rows, -1);
        Tensor ordered = chosen.gather(2, source.expand(tasks, rows, inputs));
        if (_normalized is null) return (ordered, labels);
        using (ordered)
        {
            // Levels [channels, examples * plane], each by the table of its channel.
            using Tensor byExample = ordered.view(tasks * rows, _channels, -1);
            using Tensor byChannel = byExample.transpose(0, 1);
            using Tensor levels = byChannel.reshape(_channels, -1);
            using Tensor entries = levels.to(int64);
            using Tensor normalized = _normalized.gather(1, entries);
            using Tensor planes = normalized.view(_channels, tasks * rows, -1);
            using Tensor images = planes.transpose(0, 1);
            return (images.reshape(tasks, rows, inputs), labels);
        }
    }

    public void Dispose()
    {
        _examples.Dispose();
        _labels.Dispose();
        _normalized?.Dispose();
    }

    private static float[] Rows(Dataset dataset)
    {
        float[] rows = [.. dataset.Train.Values];
        int width = dataset.Shape.Length;
        for (int n = 0; n < rows.Length; n++) rows[n] = dataset.Normalization.Apply(rows[n], n % width);
        return rows;
    }
}
