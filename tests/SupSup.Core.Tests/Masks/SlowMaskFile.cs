using SupSup.Core.Networks;
using SupSup.Core.Random;

namespace SupSup.Core.Tests.Masks;

/// <summary>Reads mask files of version 2 as docs/formats.md tells it, bit by bit: what the real reader is compared with.</summary>
internal sealed class SlowMaskFile
{
    private readonly FixedNetwork _network;
    private readonly bool[] _bits;
    private int _at;

    private SlowMaskFile(FixedNetwork network, byte[] file)
    {
        _network = network;
        _bits = [.. file.SelectMany(value => Enumerable.Range(0, 8).Select(bit => (value >> bit & 1) != 0))];
        _at = 28 * 8;
    }

    /// <summary>Per layer the encoding's number.</summary>
    public List<int> Encodings { get; } = [];

    /// <summary>Per layer whether each weight is kept.</summary>
    public List<bool[]> Layers { get; } = [];

    public static SlowMaskFile Read(FixedNetwork network, byte[] file)
    {
        SlowMaskFile read = new(network, file);
        for (int l = 0; l < network.Shape.Layers.Length; l++) read.Layers.Add(read.Layer(l));
        Assert.All(read._bits[read._at..(read._at + 7 & ~7)], Assert.False);
        Assert.Equal(file.Length - 16 - 4 * network.Plan.NormalizedChannels, (read._at + 7) / 8);
        return read;
    }

    private bool[] Layer(int l)
    {
        LayerShape shape = _network.Shape.Layers[l];
        Encodings.Add(Number(2));
        if (Encodings[^1] == 0) return [.. Enumerable.Range(0, shape.Count).Select(_ => Bit())];
        if (Encodings[^1] == 1) return Marks(shape.Count);
        RandomStream stream = new(_network.Seed, StreamPurpose.InitialScores, l);
        float[] weights = _network.Weights(l).ToArray();
        int[] sixteenths = [.. weights.Select(_ => (int)(stream.NextUInt32() >> 28))];
        int[] groups = [.. sixteenths.Select((sixteenth, n) => Group(sixteenth, weights[n]))];
        bool[] kept = [.. sixteenths.Select(sixteenth => sixteenth >= 8)], busy = Marks(shape.FanIn);
        foreach (bool isBusy in (bool[])[false, true])
        {
            for (int g = 0; g < 8; g++)
            {
                int[] members =
                [
                    .. from column in Enumerable.Range(0, shape.FanIn)
                       where busy[column] == isBusy
                       from row in Enumerable.Range(0, shape.Outputs)
                       let n = row * shape.FanIn + column
                       where groups[n] == g
                       select n,
                ];
                if (members.Length == 0) continue;
                foreach ((int n, bool differs) in members.Zip(Marks(members.Length))) kept[n] ^= differs;
            }
        }

        return kept;
    }

    private static int Group(int sixteenth, float weight)
    {
        int eighth = sixteenth >= 8 ? sixteenth - 8 : 7 - sixteenth, nearness = eighth switch { 0 => 0, 1 => 1, < 4 => 2, _ => 3 };
        return 2 * nearness + (sixteenth >= 8 == weight > 0 ? 1 : 0);
    }

    private bool[] Marks(int length)
    {
        int count = 0, shift = 0, some;
        do
        {
            some = Number(8);
            count |= (some & 127) << shift;
            shift += 7;
        }
        while (some > 127);
        bool areOthers = count > length / 2;
        if (areOthers) count = length - count;
        int remainder = 0;
        if (count > 0 && 8 * count <= 3 * length)
            while (2L << remainder <= length / count) remainder++;
        bool[] marks = new bool[length];
        if (areOthers) Array.Fill(marks, true);
        for (int last = -1; count > 0; count--)
        {
            int quotient = 0;
            while (!Bit()) quotient++;
            last += (quotient << remainder) + Number(remainder) + 1;
            marks[last] = !areOthers;
        }

        return marks;
    }

    private int Number(int bits) => Enumerable.Range(0, bits).Sum(bit => Bit() ? 1 << bit : 0);

    private bool Bit() => _bits[_at++];
}
