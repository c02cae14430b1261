using SupSup.Core.Networks;
using SupSup.Core.Random;
using TorchSharp;
using static TorchSharp.torch;

namespace SupSup.Experiments.Methods;

/// <summary>What rivals draw at random, from streams of their own (docs/formats.md).</summary>
internal static class Draws
{
    /// <summary>Normal weights [fan-in, out] with deviation sqrt(2 / fan-in) (He et al. 2015).</summary>
    public static float[] KaimingNormal(NetworkShape shape, int layer, ulong seed) =>
        Weights(shape, layer, seed, Math.Sqrt(2.0 / shape.Layers[layer].FanIn));

    /// <summary>Normal weights [fan-in, out] with deviation sqrt(2 / (fan-in + fan-out)) (Glorot and Bengio 2010).</summary>
    public static float[] XavierNormal(NetworkShape shape, int layer, ulong seed) =>
        Weights(shape, layer, seed, Math.Sqrt(2.0 / (shape.Layers[layer].FanIn + shape.Layers[layer].Outputs)));

    /// <summary>Random signs r [in] and s [out] of one layer; of a convolution one for each channel.</summary>
    public static (float[] Inputs, float[] Outputs) Signs(NetworkShape shape, int layer, ulong taskSeed)
    {
        RandomStream stream = new(taskSeed, StreamPurpose.MemberSigns, layer);
        return (Signs(shape.Layers[layer].Inputs), Signs(shape.Layers[layer].Outputs));

        float[] Signs(int count) => [.. Enumerable.Range(0, count).Select(_ => 1f - (2 * (int)(stream.NextUInt32() >> 31)))];
    }

    /// <summary>
    /// A random rotation [size, size], either determinant, uniform by Haar's measure: the orthogonal factor of a normal
    /// matrix, its columns signed so that the other factor's diagonal is positive (Mezzadri 2007).
    /// </summary>
    public static Tensor Rotation(int size, int layer, ulong taskSeed)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor q, Tensor r) = linalg.qr(tensor(Normal(size * size, StreamPurpose.Rotation, layer, taskSeed, 1), [size, size]));
        return (q * r.diagonal().sign()).MoveToOuterDisposeScope();
    }

    private static float[] Weights(NetworkShape shape, int layer, ulong seed, double deviation) =>
        Normal(shape.Layers[layer].Count, StreamPurpose.RealWeights, layer, seed, deviation);

    // Pairs of normal numbers from pairs of uniform ones (Box and Muller 1958).
    private static float[] Normal(int count, StreamPurpose purpose, int layer, ulong seed, double deviation)
    {
        RandomStream uniform = new(seed, purpose, layer);
        float[] values = new float[count];
        for (int n = 0; n < count; n += 2)
        {
            double radius = deviation * Math.Sqrt(-2 * Math.Log(1 - uniform.NextSingle())); // of (0, 1]
            (double sine, double cosine) = Math.SinCos(2 * Math.PI * uniform.NextSingle());
            values[n] = (float)(radius * cosine);
            if (n + 1 < count) values[n + 1] = (float)(radius * sine);
        }

        return values;
    }
}
