using SupSup.Core.Datasets;

namespace SupSup.Core.Tasks;

/// <summary>One task's training and test data, as normalised rows made on demand from the shared dataset. Thread-safe.</summary>
public sealed class ClassificationTask
{
    private readonly ImageDataset _dataset;
    private readonly int[] _source;
    private readonly float[] _normalized;

    /// <summary>Describes a task whose inputs are the dataset's pixels in some order.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="source">For each input, which pixel it is.</param>
    public ClassificationTask(ImageDataset dataset, int[] source)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(source);
        foreach (int pixel in source) ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)pixel, (uint)dataset.Train.PixelsPerImage, nameof(source));
        _dataset = dataset;
        _source = source;
        _normalized = dataset.Normalization.Table();
    }

    /// <summary>Input size.</summary>
    public int Inputs => _source.Length;

    /// <summary>Number of classes.</summary>
    public int Classes => _dataset.Classes;

    /// <summary>Number of training examples.</summary>
    public int TrainCount => _dataset.Train.Count;

    /// <summary>Number of test examples.</summary>
    public int TestCount => _dataset.Test.Count;

    /// <summary>Makes a batch of training examples.</summary>
    /// <param name="indices">Which examples.</param>
    /// <param name="inputs">Receives [indices, inputs].</param>
    /// <param name="labels">Receives a class per row.</param>
    public void FillTrain(ReadOnlySpan<int> indices, Span<float> inputs, Span<int> labels) => Fill(_dataset.Train, indices, inputs, labels);

    /// <summary>Makes a run of test examples.</summary>
    /// <param name="start">First example.</param>
    /// <param name="count">How many.</param>
    /// <returns>Inputs [count, inputs] and a class per row.</returns>
    public (float[] Inputs, int[] Labels) Test(int start, int count)
    {
        float[] inputs = new float[count * Inputs];
        int[] labels = new int[count];
        Fill(_dataset.Test, Enumerable.Range(start, count).ToArray(), inputs, labels);
        return (inputs, labels);
    }

    private void Fill(ImageSet set, ReadOnlySpan<int> indices, Span<float> inputs, Span<int> labels)
    {
        for (int row = 0; row < indices.Length; row++)
        {
            ReadOnlySpan<byte> pixels = set.Image(indices[row]);
            Span<float> target = inputs.Slice(row * _source.Length, _source.Length);
            for (int j = 0; j < target.Length; j++) target[j] = _normalized[pixels[_source[j]]];
            labels[row] = set.Labels[indices[row]];
        }
    }
}
