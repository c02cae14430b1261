using System.Globalization;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Silo.OpenInference;

/// <summary>The probabilities of the classes of each row, by the mask of its task.</summary>
/// <param name="Rows">One for each class of the row's task.</param>
/// <param name="Names">What the classes of the row's task are called; null for nothing.</param>
internal sealed record ClassProbabilities(float[][] Rows, TaskNames?[] Names)
{
    /// <summary>Name of the output.</summary>
    public const string Output = "probabilities";

    private const int TasksAtOnce = 16;

    /// <summary>Runs each row by the mask of its task.</summary>
    /// <param name="grains">The silo.</param>
    /// <param name="model">The model's name.</param>
    /// <param name="inputs">The rows.</param>
    /// <param name="tasks">The task of each row.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<ClassProbabilities> AskAsync(
        IGrainFactory grains, string model, InputBatch inputs, int[] tasks, CancellationToken cancellationToken)
    {
        int[][] groups = [.. Enumerable.Range(0, tasks.Length).GroupBy(row => tasks[row]).Select(group => group.ToArray())];
        float[][] rows = new float[tasks.Length][];
        await Parallel.ForEachAsync(
            groups,
            new ParallelOptions { MaxDegreeOfParallelism = TasksAtOnce, CancellationToken = cancellationToken },
            async (group, stop) =>
            {
                float[] all = await grains.Task(model, tasks[group[0]]).ProbabilitiesAsync(inputs.Select(group), stop);
                int classes = all.Length / group.Length;
                for (int n = 0; n < group.Length; n++) rows[group[n]] = all[(n * classes)..((n + 1) * classes)];
            });
        return new(rows, await grains.Coordinator(model).GetNamesAsync(tasks, cancellationToken));
    }

    /// <summary>Those that came with answers of a model with a reservoir.</summary>
    /// <param name="grains">The silo.</param>
    /// <param name="model">The model's name.</param>
    /// <param name="predictions">The answers.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<ClassProbabilities> OfRecoveredAsync(
        IGrainFactory grains, string model, Prediction[] predictions, CancellationToken cancellationToken) => new(
            [.. predictions.Select(prediction => prediction.Recovery!.Probabilities.ToArray())],
            await grains.Coordinator(model).GetNamesAsync([.. predictions.Select(prediction => prediction.Task)], cancellationToken));

    /// <summary>The output: probabilities [rows, classes of the task that has most], 0 beyond a task's classes; or texts [rows, top], each
    /// PROBABILITY:CLASS or PROBABILITY:CLASS:NAME, the greatest first, empty beyond a task's classes.</summary>
    /// <param name="top">How many are told as texts; 0 for the probabilities themselves.</param>
    public OutputTensor ToTensor(int top)
    {
        int columns = Rows.Max(row => row.Length);
        if (top == 0) return new(Output, "FP32", [Rows.Length, columns], Rows.SelectMany(row => Padded(row, columns, 0f)).ToArray());
        columns = Math.Min(top, columns);
        return new(Output, "BYTES", [Rows.Length, columns], Rows.SelectMany((row, n) => Padded(Texts(row, Names[n], columns), columns, ""))
            .ToArray());
    }

    private static IEnumerable<string> Texts(float[] row, TaskNames? names, int count) =>
        Enumerable.Range(0, row.Length).OrderByDescending(label => row[label]).Take(count).Select(label =>
            string.Create(CultureInfo.InvariantCulture, $"{row[label]:F6}:{label}")
                + (names?.ClassName(label) is { } name ? $":{name}" : ""));

    private static IEnumerable<T> Padded<T>(IEnumerable<T> values, int count, T none)
    {
        T[] given = [.. values];
        return given.Concat(Enumerable.Repeat(none, count - given.Length));
    }
}
