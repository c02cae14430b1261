using SupSup.Core.Masks;
using SupSup.Core.Networks;

namespace SupSup.Core.Tests;

/// <summary>Test data drawn by the runtime's seeded generator, not by the one under test.</summary>
internal static class RandomData
{
    /// <summary>Values in [-scale, scale).</summary>
    public static float[] Floats(int count, int seed, float scale = 1)
    {
        var random = new System.Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (2 * random.NextSingle() - 1) * scale)];
    }

    public static byte[] Bytes(int count, int seed)
    {
        byte[] bytes = new byte[count];
        new System.Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>A mask that keeps about half of the weights.</summary>
    public static TaskMask Mask(NetworkShape shape, int seed)
    {
        byte[] bits = Bytes(shape.PackedBytes, seed);
        int end = 0;
        foreach (LayerShape layer in shape.Layers)
        {
            end += layer.PackedBytes;
            if ((layer.Count & 7) != 0)
                bits[end - 1] &= (byte)((1 << (layer.Count & 7)) - 1);
        }

        return new TaskMask(shape, bits);
    }

    public static TaskMask[] Masks(NetworkShape shape, int count, int seed) =>
        [.. Enumerable.Range(0, count).Select(i => Mask(shape, seed * 1000 + i))];
}
