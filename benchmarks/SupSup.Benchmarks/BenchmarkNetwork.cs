using SupSup.Core.Datasets;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Tasks;
using SupSup.Data;

namespace SupSup.Benchmarks;

/// <summary>The network and the data that all benchmarks share: those of the paper's 2500 permuted tasks.</summary>
internal static class BenchmarkNetwork
{
    /// <summary>Real classes; the other outputs are superfluous.</summary>
    public const int Classes = 10;

    /// <summary>LeNet-300-100 with 500 outputs.</summary>
    public static FixedNetwork Network { get; } = new(NetworkPlan.Dense(784, [300, 100], 500), 1);

    private static Lazy<Dataset> Mnist { get; } = new(static () =>
    {
        string home = Environment.GetEnvironmentVariable("SUPSUP_HOME") is { Length: > 0 } set
            ? set
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".supsup");
        return new DatasetStore(Path.Combine(home, "data")).OpenAsync("mnist").GetAwaiter().GetResult();
    });

    /// <summary>One task of permuted MNIST.</summary>
    /// <param name="index">Which.</param>
    public static ClassificationTask Task(int index) => new PermutedFamily().Make(Mnist.Value, 1, index);

    /// <summary>Masks of random bits, half of them ones, as trained masks have.</summary>
    /// <param name="count">How many.</param>
    public static TaskMask[] RandomMasks(int count)
    {
        Random random = new(1);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            byte[] bits = new byte[Network.Shape.PackedBytes];
            random.NextBytes(bits);
            return new TaskMask(Network.Shape, bits);
        })];
    }

    /// <summary>The superposition of masks.</summary>
    /// <param name="masks">The masks.</param>
    public static EffectiveNetwork Superpose(IEnumerable<TaskMask> masks)
    {
        MaskCounts counts = new(Network.Shape);
        foreach (TaskMask mask in masks) counts.Add(mask);
        return EffectiveNetwork.Of(Network, counts);
    }
}
