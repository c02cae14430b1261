using SupSup.Core.Devices;
using SupSup.Core.Evaluation;
using SupSup.Core.Inference;
using SupSup.Core.TaskInference;
using SupSup.Experiments.Configuration;
using SupSup.Experiments.Files;
using SupSup.Experiments.Learners;
using SupSup.Experiments.Running;

namespace SupSup.Experiments.Suites;

/// <summary>
/// Measures every rule of task inference on small models of every kind of task, so that a rule that serves one kind and harms
/// another is seen. Masks are kept in a folder for each model, and a run that was cut off goes on from them.
/// </summary>
/// <param name="data">Where rows get their data.</param>
/// <param name="display">Hears how far it is.</param>
public sealed class SuiteRun(SuiteData data, IRunDisplay display)
{
    private static readonly (string Name, ITaskInference Inference, string? Objective)[] Rules =
    [
        ("one-shot H", TaskInferences.Get("one-shot"), "H"), ("one-shot G", TaskInferences.Get("one-shot"), "G"),
        .. new[] { "shortlist", "binary", "exhaustive", "evidence" }.Select(name => (name, TaskInferences.Get(name), (string?)null)),
    ];

    /// <summary>Learns what the folder lacks and measures.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="images">Test images of a row: as many of each task. Batches use as many again, and at least one of each task.</param>
    /// <param name="path">The folder.</param>
    /// <param name="cancellationToken">Stops; masks that were learned are kept.</param>
    /// <exception cref="IOException">The folder holds something else, or cannot be written or read.</exception>
    /// <exception cref="Core.Datasets.DatasetException">Data are damaged.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public async Task<SuiteResult> RunAsync(IReadOnlyList<SuiteRow> rows, int images, string path, CancellationToken cancellationToken)
    {
        List<SuiteRowResult> measured = [];
        List<string> leftOut = [];
        RunResources resources = new(ComputeDevice.Cpu);
        foreach (IGrouping<ExperimentConfig, SuiteRow> same in rows.GroupBy(row => row.Model))
        {
            ExperimentConfig model = same.Key;
            if (await data.OpenAsync(model, cancellationToken) is not { } tasks)
            {
                leftOut.AddRange(same.Select(row => row.Name));
                continue;
            }

            using RunFolder folder = RunFolder.Open(Path.Combine(path, $"{model.Name}-{model.Recipe}"), model);
            foreach (SuiteRow row in same)
            {
                using SupermaskLearner learner = new(model, tasks, folder, resources);
                await display.RunAsync(
                    $"{row.Name}: learning", row.Tasks, stage => learner.LearnAsync(0, row.Tasks, stage, cancellationToken));
                using Superposition masks = learner.Superimpose();
                await display.RunAsync($"{row.Name}: inference", Rules.Length, async stage =>
                    measured.Add(await MeasureAsync(row, tasks, masks, images, stage, cancellationToken)));
            }
        }

        return new SuiteResult(RunMachine.Describe(resources.Device), [.. measured], [.. leftOut]);
    }

    private async Task<SuiteRowResult> MeasureAsync(
        SuiteRow row, TaskSequence tasks, Superposition masks, int images, IStageProgress stage, CancellationToken cancellationToken)
    {
        int imagesPerTask = images / row.Tasks;
        SuiteQueries single = new(tasks, 0, row.Tasks, imagesPerTask, 1);
        int size = Math.Min(PaperRule.BatchSize, Enumerable.Range(0, row.Tasks).Min(task => tasks[task].TestCount));
        SuiteQueries batch = new(tasks, 0, row.Tasks, imagesPerTask / size, size);
        List<SuiteRuleResult> rules = [];
        foreach ((string name, ITaskInference inference, string? objective) in Rules)
        {
            InferenceSettings settings = new() { Objective = Objectives.Choose(objective, masks.Classes, row.Model.Outputs) };
            rules.Add(new SuiteRuleResult(name, await AskAsync(single), await AskAsync(batch)));
            stage.Advance(1);

            Task<SuiteFigure> AskAsync(SuiteQueries queries) =>
                SuiteRun.AskAsync(inference, settings, queries, masks, row.Model.Scenario, cancellationToken);
        }

        (SuiteMarked? marked, SuiteUnknown[] unknown) = await UnknownAsync(row, tasks, masks, single, images, cancellationToken);
        return new SuiteRowResult(
            row.Name, row.Tasks, $"{row.Model.Scenario}", row.Model.Recipe, single.Count, batch.Count, size,
            single.Accuracy(masks, single.Tasks, Scenario.GNu), batch.Accuracy(masks, batch.Tasks, Scenario.GNu), marked, [.. rules],
            [.. unknown]);
    }

    // By the service's rule.
    private async Task<(SuiteMarked? Known, SuiteUnknown[] Unknown)> UnknownAsync(
        SuiteRow row, TaskSequence tasks, Superposition masks, SuiteQueries known, int images, CancellationToken cancellationToken)
    {
        InferenceSettings settings = new() { Objective = Objectives.Choose(null, masks.Classes, row.Model.Outputs) };
        ITaskInference inference = TaskInferences.Get("shortlist");
        InferredTask[] Ask(SuiteQueries queries) =>
        [
            .. Enumerable.Range(0, queries.Count).Chunk(inference.QueriesAtOnce)
                .SelectMany(some => inference.Infer(masks, queries.Inputs(some[0], some.Length), settings)),
        ];
        double[] Evidence(InferredTask[] answers) => [.. answers.Select(answer => answer.Evidence!.Value)];
        SuiteMarked? Marked(InferredTask[] answers) => SuiteMarked.Of([.. answers.Select(masks.Typicality)]);
        InferredTask[] ofKnown = Ask(known);
        List<SuiteUnknown> found = [];
        foreach ((string kind, TaskSequence others, int first, int count) in await data.OpenUnknownAsync(row, tasks, cancellationToken))
        {
            InferredTask[] answers = Ask(new(others, first, count, images / count, 1));
            found.Add(SuiteUnknown.Of(kind, Evidence(ofKnown), Evidence(answers)) with { Marked = Marked(answers) });
        }

        return (Marked(ofKnown), [.. found]);
    }

    /// <summary>Asks all queries by one rule, and takes the time.</summary>
    internal static async Task<SuiteFigure> AskAsync(
        ITaskInference inference, InferenceSettings settings, SuiteQueries queries, Superposition masks, Scenario scenario,
        CancellationToken cancellationToken)
    {
        // Once outside the clock: the first call is compiled, and fills caches.
        settings = settings with { ImagesPerQuery = queries.Images };
        _ = inference.Infer(masks, queries.Inputs(0, 1), settings);
        InferredTask[] answers = new InferredTask[queries.Count];
        int perCall = Math.Min(inference.QueriesAtOnce, (queries.Count + Environment.ProcessorCount - 1) / Environment.ProcessorCount);
        float[][] calls = [.. Enumerable.Range(0, queries.Count).Chunk(perCall).Select(some => queries.Inputs(some[0], some.Length))];
        TimeSpan begin = Environment.CpuUsage.TotalTime; // other processes do not count
        await Cores.ForEachAsync(
            Enumerable.Range(0, calls.Length), (call, _) => inference.Infer(masks, calls[call], settings).CopyTo(answers, call * perCall),
            cancellationToken);
        double milliseconds = (Environment.CpuUsage.TotalTime - begin).TotalMilliseconds;
        int[] found = [.. answers.Select(answer => answer.Task)];
        return new SuiteFigure(
            found.Zip(queries.Tasks).Average(pair => pair.First == pair.Second ? 1.0 : 0.0),
            queries.Accuracy(masks, found, scenario),
            milliseconds / queries.Count,
            CalibrationError(answers, queries.Tasks));
    }

    private static double? CalibrationError(InferredTask[] answers, IReadOnlyList<int> tasks)
    {
        const int Intervals = 15;
        (double Probability, double Found)[] told = [.. answers.Zip(tasks).Where(pair => pair.First.Probability is not null)
            .Select(pair => (pair.First.Probability!.Value, pair.First.Task == pair.Second ? 1.0 : 0.0))];
        return told.Length == 0 ? null : told.GroupBy(one => Math.Min((int)(one.Probability * Intervals), Intervals - 1))
            .Sum(some => Math.Abs(some.Sum(one => one.Probability - one.Found))) / told.Length;
    }
}
