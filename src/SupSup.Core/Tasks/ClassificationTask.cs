using SupSup.Core.Datasets;
using SupSup.Core.Networks;

namespace SupSup.Core.Tasks;

/// <summary>One task's training and test data, as normalised rows made on demand from the shared dataset. Thread-safe.</summary>
public sealed class ClassificationTask
{
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
        Dataset = dataset;
        _source = source;
        _normalized = dataset.Normalization.Table();
    }

    /// <summary>The dataset that it is made of.</summary>
    public ImageDataset Dataset { get; }

    /// <summary>For each input, which pixel of an image it is; what a device needs to make the rows itself.</summary>
    public IReadOnlyList<int> Source => _source;

    /// <summary>Input size.</summary>
    public int Inputs => _source.Length;

    /// <summary>Number of classes.</summary>
    public int Classes => Dataset.Classes;

    /// <summary>Number of training examples.</summary>
    public int TrainCount => Dataset.Train.Count;

    /// <summary>Number of test examples.</summary>
    public int TestCount => Dataset.Test.Count;

    /// <summary>Checks that a network can learn the task.</summary>
    /// <param name="shape">The network's shape.</param>
    /// <exception cref="ArgumentException">The inputs are not as many as the network takes, or the classes more than its outputs.</exception>
    public void CheckFits(NetworkShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        if (Inputs != shape.Inputs)
            throw new ArgumentException($"the data have {Inputs} inputs, network {shape} takes {shape.Inputs}");
        if (Classes > shape.Outputs)
            throw new ArgumentException($"the data have {Classes} classes, network {shape} has {shape.Outputs} outputs");
    }

    /// <summary>Makes a batch of training examples.</summary>
    /// <param name="indices">Which examples.</param>
    /// <param name="inputs">Receives [indices, inputs].</param>
    /// <param name="labels">Receives a class per row.</param>
    public void FillTrain(ReadOnlySpan<int> indices, Span<float> inputs, Span<int> labels) => Fill(Dataset.Train, indices, inputs, labels);

    /// <summary>Makes a run of test examples.</summary>
    /// <param name="start">First example.</param>
    /// <param name="count">How many.</param>
    /// <returns>Inputs [count, inputs] and a class per row.</returns>
    public (float[] Inputs, int[] Labels) Test(int start, int count)
    {
        float[] inputs = new float[count * Inputs];
        int[] labels = new int[count];
        Fill(Dataset.Test, Enumerable.Range(start, count).ToArray(), inputs, labels);
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
