using System.Collections.Immutable;
using SupSup.Core.Banks;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;

namespace SupSup.Core.Tests.Banks;

/// <summary>Networks, banks and factors of any size.</summary>
internal static class BankData
{
    public const float Background = -0.4242f;

    /// <summary>Sizes around the eight rows of an octet, the 32 of a quad and the 1024 of a segment; with and
    /// without hidden layers.</summary>
    public static IEnumerable<string> AwkwardShapes =>
        ["1-2", "2-3", "7-8", "8-9", "9-16-17", "17-5-3-2", "19-33-31", "20-1-20", "784-300", "33-1030", "6-1030-40-4", "9-30-1030",
            "784-20-10", "50-1024-3", "50-1025-3"];

    /// <summary>Awkward shapes, each with no, some and all inputs at the background.</summary>
    public static TheoryData<string, double> Cases
    {
        get
        {
            TheoryData<string, double> cases = [];
            foreach (string sizes in AwkwardShapes)
                foreach (double background in new[] { 0, 0.8, 1 }) cases.Add(sizes, background);
            return cases;
        }
    }

    public static FixedNetwork Network(string sizes, ulong seed = 5)
    {
        int[] all = [.. sizes.Split('-').Select(int.Parse)];
        return new FixedNetwork(NetworkPlan.Dense(all[0], all[1..^1], all[^1]), seed);
    }

    /// <summary>A bank whose mask of slot n is the n-th.</summary>
    public static MaskBank Bank(FixedNetwork network, TaskMask[] masks)
    {
        MaskBank bank = new(network);
        bank.Put([.. masks.Select((mask, slot) => KeyValuePair.Create(slot, mask))]);
        return bank;
    }

    /// <summary>
    /// Factors of random images: a share of each image at a background, a third of every δ exactly zero, half of the
    /// hidden units inactive.
    /// </summary>
    public static RankOneFactors Factors(NetworkShape shape, int rows, int seed, double background)
    {
        var random = new System.Random(seed);
        ImmutableArray<float[]> deltas = [.. shape.Layers.Select((layer, l) => RandomData.Floats(rows * layer.Outputs, (seed * 20) + l))];
        ImmutableArray<float[]> activations =
            [.. shape.Layers.Select((layer, l) => RandomData.Floats(rows * layer.FanIn, (seed * 20) + 10 + l, scale: 2))];
        foreach (float[] delta in deltas)
            for (int n = 0; n < delta.Length; n++) delta[n] = random.Next(3) == 0 ? 0 : delta[n];
        for (int n = 0; n < activations[0].Length; n++)
            activations[0][n] = random.NextDouble() < background ? Background : activations[0][n];
        foreach (float[] hidden in activations.Skip(1))
            for (int n = 0; n < hidden.Length; n++) hidden[n] = Math.Max(0, hidden[n]);
        return new RankOneFactors(shape, rows, deltas, activations);
    }

    /// <summary>The scanned score of every slot asked for.</summary>
    public static Dictionary<int, float> Scores(BankScan scan, int row)
    {
        ScanOutcome outcome = scan.Collect(row, int.MaxValue);
        return outcome.Slots.Zip(outcome.Scores).ToDictionary(pair => pair.First, pair => pair.Second);
    }
}
