using SupSup.Core.Datasets;
using SupSup.Core.Tasks;
using static TorchSharp.torch;

namespace SupSup.Torch.Groups;

/// <summary>A dataset's training images in a device's memory, as raw bytes behind one of background, and how they become inputs.</summary>
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
        using Tensor pixels = tensor(train.Pixels, [train.Count, train.PixelsPerImage], uint8);
        _pixels = zeros([train.Count, 1 + train.PixelsPerImage], uint8, device);
        using Tensor behindBackground = _pixels.narrow(1, 1, train.PixelsPerImage);
        behindBackground.copy_(pixels);
        _labels = tensor(Array.ConvertAll(train.Labels, label => (long)label), [train.Count], int64, device);

        // A table, as the host uses one: computing it on each device would round differently.
        _normalized = tensor(dataset.Normalization.Table(), [256], float32, device);
    }

    /// <summary>Whose images they are.</summary>
    public ImageDataset Dataset { get; }

    /// <summary>The column of an image that holds a pixel; the first holds the background.</summary>
    /// <param name="pixel">Which, or <see cref="ClassificationTask.Background"/>.</param>
    public static long Column(int pixel) => pixel - ClassificationTask.Background;

    /// <summary>Makes one batch for each task, as new tensors.</summary>
    /// <param name="examples">Which images, int32 [tasks, rows].</param>
    /// <param name="source">For each input of each task its <see cref="Column"/>, int64 [tasks, 1, in].</param>
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
