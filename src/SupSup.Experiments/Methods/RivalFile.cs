using System.IO.Hashing;
using System.Runtime.InteropServices;
using SupSup.Core.Networks;

namespace SupSup.Experiments.Methods;

/// <summary>
/// A rival's state between tasks: magic "SUPRIVAL", version, method, network, seed, number of tasks learned, the shared
/// weights if there are any yet, by input, each row with zeros up to a multiple of 16, the values of each normalisation, what else a method
/// keeps of each weight, and a checksum
/// (XXH128) over all that precedes it. Little-endian.
/// </summary>
/// <param name="method">The rival's name.</param>
/// <param name="plan">Its network.</param>
/// <param name="seed">Its seed.</param>
/// <param name="copies">How many values more than its own each weight has.</param>
internal sealed class RivalFile(string method, NetworkPlan plan, ulong seed, int copies = 0)
{
    private const ushort Version = 1;
    private const int ChecksumBytes = 16;

    private static ReadOnlySpan<byte> Magic => "SUPRIVAL"u8;

    /// <summary>Writes a state.</summary>
    /// <param name="stream">Receives it.</param>
    /// <param name="learned">Tasks learned in sequence.</param>
    /// <param name="weights">The weights that later tasks build on, as of <see cref="RivalNetwork.ReadWeights"/>, or null.</param>
    public void Write(Stream stream, int learned, float[][]? weights)
    {
        using MemoryStream file = new();
        using BinaryWriter writer = new(file);
        writer.Write(Magic);
        writer.Write(Version);
        writer.Write(method);
        writer.Write(plan.ToString());
        writer.Write(seed);
        writer.Write(learned);
        writer.Write(weights is not null);
        for (int l = 0; l < (weights is null ? 0 : plan.Shape.Layers.Length); l++)
        {
            float[] row = new float[Width(l)];
            for (int i = 0; i < plan.Shape.Layers[l].FanIn; i++)
            {
                Row(weights![l], l, i).CopyTo(row);
                writer.Write(MemoryMarshal.AsBytes<float>(row));
            }
        }

        foreach (float[] other in weights?.Skip(plan.Shape.Layers.Length) ?? []) writer.Write(MemoryMarshal.AsBytes<float>(other));
        writer.Flush();
        byte[] bytes = file.ToArray();
        stream.Write(bytes);
        stream.Write(XxHash128.Hash(bytes));
    }

    /// <summary>Reads a state.</summary>
    /// <param name="stream">What was written, to its end.</param>
    /// <exception cref="InvalidDataException">It was written by another method, network or seed, or is damaged.</exception>
    public (int Learned, float[][]? Weights) Read(Stream stream)
    {
        using MemoryStream file = new();
        stream.CopyTo(file);
        ReadOnlySpan<byte> bytes = file.GetBuffer().AsSpan(0, (int)file.Length);
        if (bytes.Length < Magic.Length + ChecksumBytes || !bytes.StartsWith(Magic))
            throw new InvalidDataException("not the state of a rival: it does not begin with SUPRIVAL");
        if (!XxHash128.Hash(bytes[..^ChecksumBytes]).AsSpan().SequenceEqual(bytes[^ChecksumBytes..]))
            throw new InvalidDataException($"the state of rival {method} is damaged: its checksum does not match; delete it and run again");

        // What follows was written as it is by some build: only whose it is can differ.
        file.Position = Magic.Length;
        using BinaryReader reader = new(file);
        ushort version = reader.ReadUInt16();
        if (version != Version) throw new InvalidDataException($"the state has version {version}; this build reads version {Version}");
        (string ofMethod, string ofShape, ulong ofSeed) = (reader.ReadString(), reader.ReadString(), reader.ReadUInt64());
        if ((ofMethod, ofShape, ofSeed) != (method, plan.ToString(), seed))
            throw new InvalidDataException(
                $"the state is of rival {ofMethod}, network {ofShape}, seed {ofSeed}; this is {method}, {plan}, {seed}");
        int learned = reader.ReadInt32();
        if (!reader.ReadBoolean()) return (learned, null);
        float[][] weights = [.. plan.Shape.Layers.Select(static layer => new float[layer.Count])];
        float[][] others =
        [
            .. plan.Leaves.OfType<PlanStep.Normalize>().Select(RivalNorm.Initial),
            .. Enumerable.Range(0, copies).SelectMany(_ => plan.Shape.Layers.Select(static layer => new float[layer.Count])),
        ];
        for (int l = 0; l < weights.Length; l++)
        {
            float[] row = new float[Width(l)];
            for (int i = 0; i < plan.Shape.Layers[l].FanIn; i++)
            {
                reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(row.AsSpan()));
                row.AsSpan(0, plan.Shape.Layers[l].Outputs).CopyTo(Row(weights[l], l, i));
            }
        }

        foreach (float[] other in others) reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(other.AsSpan()));
        return (learned, [.. weights, .. others]);
    }

    private int Width(int layer) => (plan.Shape.Layers[layer].Outputs + 15) / 16 * 16;

    private Span<float> Row(float[] weights, int layer, int input) =>
        weights.AsSpan(input * plan.Shape.Layers[layer].Outputs, plan.Shape.Layers[layer].Outputs);
}
