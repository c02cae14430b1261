using SupSup.Client;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Silo.Tests.Cluster;

/// <summary>A small model and made-up batches: what matters here is which silo answers.</summary>
internal static class ClusterData
{
    public static ModelSpec Spec { get; } = new() { Inputs = 64, Hidden = [32], Outputs = 20, Classes = 4, Seed = 7 };

    public static InputBatch Inputs { get; } = new() { Rows = 2, Values = [.. Enumerable.Range(0, 2 * 64).Select(i => MathF.Sin(i))] };

    public static Task<TaskSummary> LearnAsync(this SupSupModel model, int task, CancellationToken cancellationToken) =>
        model.LearnAsync(task, new TrainingOrder { Data = null, Batches = 3 }, (number, _) => ValueTask.FromResult(Batch(task, number)),
            cancellationToken: cancellationToken);

    private static LabelledBatch Batch(int task, int number) => new()
    {
        Inputs = new InputBatch { Rows = 4, Values = [.. Enumerable.Range(0, 4 * 64).Select(i => MathF.Cos(i * (number + 1) + task))] },
        Labels = [0, 1, 2, 3],
    };
}
