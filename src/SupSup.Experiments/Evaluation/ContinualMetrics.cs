using System.Collections.Immutable;

namespace SupSup.Experiments.Evaluation;

/// <summary>
/// The field's measures over the accuracy matrix R, R[i, j] being the accuracy on task j at checkpoint i (Lopez-Paz and
/// Ranzato 2017; Chaudhry et al. 2018). A task's own accuracy is that of the first checkpoint that includes it.
/// </summary>
public static class ContinualMetrics
{
    /// <summary>R: a row for each checkpoint; row i has the tasks learned by then.</summary>
    /// <param name="checkpoints">In the order learned.</param>
    public static ImmutableArray<ImmutableArray<double>> AccuracyMatrix(IReadOnlyList<CheckpointResult> checkpoints) =>
        [.. checkpoints.Select(checkpoint => checkpoint.Tasks.Select(task => task.Accuracy).ToImmutableArray())];

    /// <summary>Mean over tasks of the best accuracy a task ever had less its last; 0 with one checkpoint.</summary>
    /// <param name="matrix">R.</param>
    public static double Forgetting(ImmutableArray<ImmutableArray<double>> matrix) =>
        Mean(matrix, task => matrix.Where(row => row.Length > task).Max(row => row[task]) - matrix[^1][task]);

    /// <summary>Backward transfer: mean over tasks of the last accuracy less the first; negative is forgetting.</summary>
    /// <param name="matrix">R.</param>
    public static double BackwardTransfer(ImmutableArray<ImmutableArray<double>> matrix) =>
        Mean(matrix, task => matrix[^1][task] - matrix.First(row => row.Length > task)[task]);

    /// <summary>Forward transfer: mean over checkpoints of the accuracy on the next task less that of an
    /// untrained mask; NaN where none was measured.</summary>
    /// <param name="checkpoints">In the order learned.</param>
    public static double ForwardTransfer(IReadOnlyList<CheckpointResult> checkpoints) =>
        checkpoints.Where(checkpoint => checkpoint.Next is not null)
            .Select(checkpoint => checkpoint.Next!.Accuracy - checkpoint.Next.Untrained).DefaultIfEmpty(double.NaN).Average();

    // Over the tasks that were there before the last checkpoint.
    private static double Mean(ImmutableArray<ImmutableArray<double>> matrix, Func<int, double> measure) =>
        matrix.Length < 2 ? 0 : Enumerable.Range(0, matrix[^2].Length).Average(measure);
}
