using SupSup.Core.Inference;
using SupSup.Core.Naming;
using SupSup.Core.Search;

namespace SupSup.Core.TaskInference;

/// <summary>The algorithms of task inference by name.</summary>
public static class TaskInferences
{
    /// <summary>Every algorithm of this build.</summary>
    public static IReadOnlyList<ITaskInference> All { get; } =
    [
        new GradientInference("one-shot", "the largest gradient at equal coefficients", SearchRule.OneShot),
        new GradientInference(
            "shortlist", "few masks all run, of many those that the gradient cannot tell apart; the greatest evidence wins", null),
        new BinaryInference(),
        new OptimizedInference(),
        new ExhaustiveInference("exhaustive", "runs every mask and takes the lowest entropy", (read, _) => -read.Sum(row => row.Entropy)),
        new ExhaustiveInference("evidence", "runs every mask and takes the greatest evidence", Evidence.OfShared),
    ];

    /// <summary>Finds an algorithm.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="ArgumentException">No algorithm has the name.</exception>
    public static ITaskInference Get(string name) => All.Get("inference", name);

    internal static int Queries(Superposition tasks, ReadOnlySpan<float> inputs, InferenceSettings settings)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.ImagesPerQuery, 1, nameof(settings));
        int width = tasks.Network.Plan.Inputs * settings.ImagesPerQuery;
        if (inputs.IsEmpty || inputs.Length % width != 0)
            throw new ArgumentException(
                $"{inputs.Length} input values are not queries of {settings.ImagesPerQuery} images for network {tasks.Network.Plan}");
        return inputs.Length / width;
    }
}
