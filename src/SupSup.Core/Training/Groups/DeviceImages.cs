using SupSup.Core.Datasets;
using static TorchSharp.torch;

namespace SupSup.Core.Training.Groups;

/// <summary>A dataset's training images in a device's memory, as raw bytes, and how they become inputs.</summary>
internal sealed class DeviceImages : IDisposable
{
    private readonly Tensor _pixels;
    private readonly Tensor _labels;
    private readonly Tensor _normalized;

    /// <summary>Copies the training images to the device, one byte a pixel.</summary>
    public DeviceImages(ImageDataset dataset, Device device)
    {
        Dataset = dataset;
        ImageSet train = dataset.Train;
        _pixels = tensor(train.Pixels, [train.Count, train.PixelsPerImage], uint8, device);
        _labels = tensor(Array.ConvertAll(train.Labels, label => (long)label), [train.Count], int64, device);

        // A table, as the host uses one: computing it anew on each device would round differently.
        _normalized = tensor(dataset.Normalization.Table(), [256], float32, device);
    }

    /// <summary>Whose images they are.</summary>
    public ImageDataset Dataset { get; }

    /// <summary>Makes one batch for each task, as new tensors.</summary>
    /// <param name="examples">Which examples, int32 [tasks, rows].</param>
    /// <param name="source">For each input of each task which pixel it is, int64 [tasks, 1, in].</param>
    /// <returns>Normalised inputs [tasks, rows, in] and int64 labels [tasks, rows, 1].</returns>
    public (Tensor Inputs, Tensor Labels) Gather(Tensor examples, Tensor source)
    {
        (long tasks, long rows, long inputs) = (examples.shape[0], examples.shape[1], source.shape[2]);
        using Tensor flat = examples.reshape(-1);
        using Tensor images = _pixels.index_select(0, flat).view(tasks, rows, -1);
        using Tensor pixels = images.gather(2, source.expand(tasks, rows, inputs)).reshape(-1).to(int32);
        return (_normalized.index_select(0, pixels).view(tasks, rows, inputs), _labels.index_select(0, flat).view(tasks, rows, 1));
    }

    public void Dispose()
    {
        _pixels.Dispose();
        _labels.Dispose();
        _normalized.Dispose();
    }
}
