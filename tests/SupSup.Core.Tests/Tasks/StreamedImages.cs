using SupSup.Core.Datasets;

namespace SupSup.Core.Tests.Tasks;

/// <summary>Images of a data set in memory as though they were decoded when needed; counts how often.</summary>
internal sealed class StreamedImages(ExampleSet images) : IImageSource
{
    private int _reads;

    public int Reads => Volatile.Read(ref _reads);

    public string Description => "small";

    /// <summary>The same data, both halves streamed.</summary>
    public static Dataset Of(Dataset data) => new(
        data.Name,
        new((ExampleShape.Pixels)data.Shape, new StreamedImages(data.Train), data.Train.Labels),
        new((ExampleShape.Pixels)data.Shape, new StreamedImages(data.Test), data.Test.Labels),
        data.Classes, data.Normalization);

    public void Read(int index, ImageUse use)
    {
        Interlocked.Increment(ref _reads);
        use(images.Image(index), (ExampleShape.Pixels)images.Shape);
    }

    public void View(int index, Span<byte> levels)
    {
        Interlocked.Increment(ref _reads);
        images.Image(index).CopyTo(levels);
    }

    public string Tag(int index) => $"{index}";

    public IImageSource Choose(IReadOnlyList<int> indices) => new StreamedImages(images.Choose(indices));
}
