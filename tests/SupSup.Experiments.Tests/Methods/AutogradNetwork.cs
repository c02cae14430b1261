using SupSup.Core.Networks;
using SupSup.Core.Kernels;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SupSup.Experiments.Tests.Methods;

/// <summary>
/// The rivals by the textbook, all of it libtorch's: a layer computes s ⊙ W O (r ⊙ x) with whatever of r, s and O a rival
/// has; the gradient is autograd's and the step torch.optim's.
/// </summary>
internal sealed class AutogradNetwork : IDisposable
{
    private readonly Parameter[] _weights;
    private readonly Parameter[] _inputVectors;
    private readonly Parameter[] _outputVectors;
    private readonly Tensor[] _rotations;
    private readonly optim.Optimizer _optimizer;

    /// <param name="shape">Layer sizes.</param>
    /// <param name="weights">By input, [in, width].</param>
    /// <param name="inputVectors">r of each layer, or null.</param>
    /// <param name="outputVectors">s of each layer, at least as long as the outputs, or null.</param>
    /// <param name="rotations">Oᵀ of each layer, [in, width], or null.</param>
    /// <param name="trainWeights">Whether W is trained; vectors always are.</param>
    /// <param name="optimizer">Makes the optimiser.</param>
    public AutogradNetwork(
        NetworkShape shape,
        IReadOnlyList<float[]> weights,
        IReadOnlyList<float[]>? inputVectors,
        IReadOnlyList<float[]>? outputVectors,
        IReadOnlyList<float[]>? rotations,
        bool trainWeights,
        Func<IEnumerable<Parameter>, optim.Optimizer> optimizer)
    {
        _weights = [.. shape.Layers.Select((layer, l) => nn.Parameter(Matrix(weights[l], layer.Inputs, layer.Outputs), trainWeights))];
        _inputVectors = inputVectors is null ? [] : [.. inputVectors.Select(vector => nn.Parameter(tensor(vector)))];
        _outputVectors = outputVectors is null ? [] : [.. shape.Layers.Select((layer, l) => nn.Parameter(tensor(outputVectors[l][..layer.Outputs])))];
        _rotations = rotations is null ? [] : [.. shape.Layers.Select((layer, l) => Matrix(rotations[l], layer.Inputs, layer.Inputs))];
        _optimizer = optimizer([.. trainWeights ? _weights : [], .. _inputVectors, .. _outputVectors]);
    }

    /// <summary>W of one layer, [in · out].</summary>
    public float[] Weights(int layer) => [.. _weights[layer].data<float>()];

    public float[] InputVector(int layer) => [.. _inputVectors[layer].data<float>()];

    public float[] OutputVector(int layer) => [.. _outputVectors[layer].data<float>()];

    /// <summary>Outputs [rows, out] of the last layer.</summary>
    public Tensor Forward(float[] inputs, int rows)
    {
        Tensor activations = tensor(inputs, [rows, inputs.Length / rows]);
        for (int l = 0; l < _weights.Length; l++)
        {
            if (_inputVectors.Length > 0) activations = activations * _inputVectors[l];
            if (_rotations.Length > 0) activations = activations.mm(_rotations[l]);
            activations = activations.mm(_weights[l]);
            if (_outputVectors.Length > 0) activations = activations * _outputVectors[l];
            if (l < _weights.Length - 1) activations = nn.functional.relu(activations);
        }

        return activations;
    }

    /// <summary>Trains on one batch and gives its loss before the step.</summary>
    public float Step(float[] inputs, int[] labels)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor loss = nn.functional.cross_entropy(Forward(inputs, labels.Length), tensor([.. labels.Select(label => (long)label)]));
        _optimizer.zero_grad();
        loss.backward();
        _optimizer.step();
        return loss.item<float>();
    }

    /// <summary>The class of each row.</summary>
    public int[] Predict(float[] inputs, int rows)
    {
        using DisposeScope scope = NewDisposeScope();
        return [.. Forward(inputs, rows).argmax(1).data<long>().Select(label => (int)label)];
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        foreach (Tensor tensor in (Tensor[])[.. _weights, .. _inputVectors, .. _outputVectors, .. _rotations]) tensor.Dispose();
    }

    /// <summary>The values of rows [rows, width], without what lies beyond the columns.</summary>
    public static float[] Dense(ReadOnlySpan<float> values, int rows, int columns)
    {
        int width = AlignedFloats.Width(columns);
        float[] dense = new float[rows * columns];
        for (int row = 0; row < rows; row++) values.Slice(row * width, columns).CopyTo(dense.AsSpan(row * columns));
        return dense;
    }

    private static Tensor Matrix(float[] values, int rows, int columns) => tensor(Dense(values, rows, columns), [rows, columns]);
}
