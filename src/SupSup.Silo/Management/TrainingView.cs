using SupSup.Grains.Interfaces.Models;

namespace SupSup.Silo.Management;

/// <summary>A training on a model's board, with its curve.</summary>
/// <param name="Task">Task index.</param>
/// <param name="State">Where it stands.</param>
/// <param name="BatchesDone">Batches trained.</param>
/// <param name="Batches">Batches at most.</param>
/// <param name="Loss">Cross-entropy of the last batch, in nats.</param>
/// <param name="Silo">The silo that trains, while it does.</param>
/// <param name="Error">What went wrong, once failed.</param>
/// <param name="UpdatedAt">When it was last heard of.</param>
/// <param name="Curve">Its losses so far: pairs of batch and loss.</param>
internal sealed record TrainingView(int Task, TrainingState State, int BatchesDone, int Batches, float Loss, string? Silo, string? Error,
    DateTimeOffset UpdatedAt, IReadOnlyList<double[]> Curve)
{
    public static TrainingView Of(TrainingReport report) => new(
        report.Progress.Task,
        report.Progress.State,
        report.Progress.BatchesDone,
        report.Progress.Batches,
        report.Progress.Loss,
        report.Progress.Silo,
        report.Progress.Error?.Message,
        report.At,
        Pairs(report.Curve));

    /// <summary>A curve as pairs of batch and loss.</summary>
    /// <param name="curve">The curve.</param>
    public static double[][] Pairs(IEnumerable<LossPoint> curve) =>
        [.. curve.Select(point => new double[] { point.Batch, Math.Round(point.Loss, 5) })];
}
