using SupSup.Core.Networks;
using SupSup.Core.Random;
using SupSup.Core.Kernels;

namespace SupSup.Experiments.Methods;

/// <summary>A fully connected network of real weights, with ReLU between layers and no biases. Thread-safe while its weights are left alone.</summary>
/// <param name="shape">Layer sizes.</param>
/// <param name="weights">Each layer's weights by input, [in, width]: the outputs up to a multiple of 16, zero beyond them.</param>
internal sealed unsafe class RealNetwork(NetworkShape shape, float[][] weights)
{
    private const int RowsAtOnce = 64;

    public NetworkShape Shape { get; } = shape;

    public float[][] Weights { get; } = weights;

    /// <summary>All weights zero.</summary>
    public static RealNetwork Zero(NetworkShape shape) => new(shape, [.. shape.Layers.Select(layer => new float[layer.Inputs * AlignedFloats.Width(layer.Outputs)])]);

    /// <summary>Normal weights with deviation sqrt(2 / fan-in) (He et al. 2015).</summary>
    public static RealNetwork KaimingNormal(NetworkShape shape, ulong seed) => Normal(shape, seed, layer => Math.Sqrt(2.0 / layer.Inputs));

    /// <summary>Normal weights with deviation sqrt(2 / (fan-in + fan-out)) (Glorot and Bengio 2010).</summary>
    public static RealNetwork XavierNormal(NetworkShape shape, ulong seed) => Normal(shape, seed, layer => Math.Sqrt(2.0 / (layer.Inputs + layer.Outputs)));

    public RealNetwork Copy() => new(Shape, [.. Weights.Select(layer => (float[])layer.Clone())]);

    /// <summary>The output with the largest value, of each row; the first of equal ones.</summary>
    /// <param name="inputs">Normalised inputs [rows, in].</param>
    /// <param name="rows">Number of rows.</param>
    /// <exception cref="ArgumentException">The inputs are not rows × in.</exception>
    public int[] Predict(ReadOnlySpan<float> inputs, int rows)
    {
        if (rows < 0 || inputs.Length != (long)rows * Shape.Inputs)
            throw new ArgumentException($"{rows} rows of network {Shape} need {(long)rows * Shape.Inputs} input values, not {inputs.Length}");
        int[] classes = new int[rows];
        float[][] activations = [.. Shape.Layers.Select(layer => new float[RowsAtOnce * AlignedFloats.Width(layer.Outputs)])];
        for (int from = 0; from < rows; from += RowsAtOnce)
        {
            int count = Math.Min(RowsAtOnce, rows - from);
            Forward(inputs.Slice(from * Shape.Inputs, count * Shape.Inputs), count, activations);
            int width = AlignedFloats.Width(Shape.Outputs);
            for (int row = 0; row < count; row++) classes[from + row] = Largest(activations[^1].AsSpan(row * width, Shape.Outputs));
        }

        return classes;
    }

    private static RealNetwork Normal(NetworkShape shape, ulong seed, Func<LayerShape, double> deviation)
    {
        RealNetwork network = Zero(shape);
        for (int l = 0; l < shape.Layers.Length; l++)
        {
            LayerShape layer = shape.Layers[l];
            NormalStream stream = new(seed, StreamPurpose.RealWeights, l);
            double scale = deviation(layer);
            int width = AlignedFloats.Width(layer.Outputs);
            for (int i = 0; i < layer.Inputs; i++)
                for (int j = 0; j < layer.Outputs; j++) network.Weights[l][(i * width) + j] = (float)(scale * stream.Next());
        }

        return network;
    }

    private void Forward(ReadOnlySpan<float> inputs, int rows, float[][] activations)
    {
        IStepKernels kernels = StepKernelChoice.Best;
        int inputWidth = Shape.Inputs;
        ReadOnlySpan<float> below = inputs;
        for (int l = 0; l < Weights.Length; l++)
        {
            int width = AlignedFloats.Width(Shape.Layers[l].Outputs);
            fixed (float* left = below, matrix = Weights[l], output = activations[l])
            {
                kernels.MultiplyDense(left, inputWidth, 1, rows, Shape.Layers[l].Inputs, matrix, width, output);
                if (l < Weights.Length - 1) kernels.Rectify(output, rows * width);
            }

            below = activations[l];
            inputWidth = width;
        }
    }

    private static int Largest(ReadOnlySpan<float> values)
    {
        int best = 0;
        for (int n = 1; n < values.Length; n++)
            if (values[n] > values[best]) best = n;
        return best;
    }
}
