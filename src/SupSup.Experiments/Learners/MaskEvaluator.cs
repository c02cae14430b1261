using System.Diagnostics;
using SupSup.Core.Engines;
using SupSup.Core.Evaluation;
using SupSup.Core.Inference;
using SupSup.Core.Networks;
using SupSup.Core.Random;
using SupSup.Core.TaskInference;
using SupSup.Core.Tasks;
using SupSup.Core.Training;
using SupSup.Experiments.Configuration;
using SupSup.Experiments.Evaluation;

namespace SupSup.Experiments.Learners;

/// <summary>
/// Evaluates masks by the paper's rule: test images come in batches of 128, the task is inferred once per batch from its
/// first image or images.
/// </summary>
/// <param name="config">The experiment.</param>
/// <param name="tasks">Its tasks.</param>
/// <param name="network">The fixed network.</param>
internal sealed class MaskEvaluator(ExperimentConfig config, TaskSequence tasks, FixedNetwork network)
{
    private readonly ITaskInference _inference = TaskInferences.Get(config.Inference);
    private readonly InferenceSettings _settings = config.Settings(tasks.Classes);
    private long _inferTicks;
    private long _queries;

    /// <summary>Time of inference since the last call, in seconds of the wall clock, and queries; both start again from zero.</summary>
    public (double Seconds, long Queries) TakeInference()
    {
        double seconds = Interlocked.Exchange(ref _inferTicks, 0) / (double)Stopwatch.Frequency / Environment.ProcessorCount;
        return (seconds, Interlocked.Exchange(ref _queries, 0));
    }

    /// <summary>Evaluates tasks with every mask in superposition, and the task that comes next.</summary>
    /// <param name="result">What else is known of the checkpoint.</param>
    /// <param name="masks">The masks.</param>
    /// <param name="records">What each task's own mask does, by task.</param>
    /// <param name="home">The mask of each task.</param>
    /// <param name="owner">The task of each mask.</param>
    /// <param name="stage">Advanced by one for each task.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>The checkpoint with what was found.</returns>
    public async Task<CheckpointResult> EvaluateAsync(
        CheckpointResult result, Superposition masks, IReadOnlyList<TaskRecord> records, IReadOnlyList<int> home, IReadOnlyList<int> owner,
        IStageProgress stage, CancellationToken cancellationToken)
    {
        NextTaskScore? next = records.Count < config.Tasks ? EvaluateNext(masks, records.Count) : null;
        _ = TakeInference(); // not of this checkpoint's tasks
        TaskScore[] scores = new TaskScore[records.Count];
        int perCall = Math.Max(1, _inference.QueriesAtOnce / PaperRule.FirstImages(tasks.Dataset.Test.Count).Length);
        await ForChunksAsync(records.Count, perCall, (from, to) =>
        {
            ClassificationTask[] some = [.. Enumerable.Range(from, to - from).Select(task => tasks[task])];
            int[][] inferred = Infer(masks, some);
            for (int n = 0; n < some.Length; n++)
            {
                int task = from + n;
                double found = inferred[n].Average(mask => owner[mask] == task ? 1.0 : 0.0);
                double accuracy = config.Scenario == Scenario.GNu
                    ? Strict(records[task], some[n], inferred[n], home[task])
                    : Shared(masks, records[task], some[n], inferred[n], home[task]);
                scores[task] = new TaskScore(task, accuracy, records[task].GivenTaskAccuracy, found);
                stage.Advance(1);
            }
        }, cancellationToken);
        (double seconds, long queries) = TakeInference();
        return result with { Tasks = [.. scores], Next = next, InferSeconds = seconds, InferQueries = queries };
    }

    /// <summary>Infers the task of single images, each alone.</summary>
    /// <param name="masks">The masks.</param>
    /// <param name="from">First task whose images are asked.</param>
    /// <param name="to">Task after the last.</param>
    /// <param name="images">Images of each task, or as many as the smallest test set has.</param>
    /// <param name="stage">Advanced by one for each task.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>Per task, what was inferred for each image.</returns>
    public async Task<InferredTask[][]> InferImagesAsync(
        Superposition masks, int from, int to, int images, IStageProgress stage, CancellationToken cancellationToken)
    {
        images = Math.Min(images, Enumerable.Range(from, to - from).Min(task => tasks[task].TestCount));
        InferredTask[][] answers = new InferredTask[to - from][];
        int perCall = Math.Max(1, _inference.QueriesAtOnce / images);
        await ForChunksAsync(to - from, perCall, (start, end) =>
        {
            float[] inputs = [.. Enumerable.Range(start, end - start).SelectMany(n => tasks[from + n].Test(0, images).Inputs)];
            InferredTask[] inferred = Timed(masks, inputs, _settings with { ImagesPerQuery = 1 });
            for (int n = start; n < end; n++)
            {
                answers[n] = inferred[((n - start) * images)..((n - start + 1) * images)];
                stage.Advance(1);
            }
        }, cancellationToken);
        return answers;
    }

    /// <summary>The class of each row under one network.</summary>
    public Func<float[], int, int[]> Classify(IMaskedNetwork task) =>
        (inputs, rows) => [.. task.Predict(inputs, rows, tasks.Classes).Select(read => read.Class)];

    // How the masks do on a task that none was trained for, and how one of initial scores does.
    private NextTaskScore EvaluateNext(Superposition masks, int task)
    {
        ClassificationTask next = tasks[task];
        using TrainingSession session = new(network, config.Rule, config.TrainedBy(), TaskSeed.Derive(network.Seed, task));
        using IMaskedNetwork untrained = NetworkEngines.Open(network, session.Mask());
        int[] inferred = Infer(masks, [next])[0];
        return new NextTaskScore(task, Shared(masks, null, next, inferred, -1), TaskSequence.Correct(next, Classify(untrained))
            .Average(right => right ? 1.0 : 0.0));
    }

    // Right where task and class are right.
    private static double Strict(TaskRecord record, ClassificationTask task, int[] inferred, int home) =>
        PaperRule.Accuracy(home, inferred, [.. Enumerable.Range(0, task.TestCount).Select(record.IsCorrect)]);

    // Right where the class is right under the mask that was inferred.
    private double Shared(Superposition masks, TaskRecord? record, ClassificationTask task, int[] inferred, int home)
    {
        int right = 0;
        for (int batch = 0; batch < inferred.Length; batch++)
        {
            int first = batch * PaperRule.BatchSize;
            int rows = Math.Min(PaperRule.BatchSize, task.TestCount - first);
            if (inferred[batch] == home)
            {
                for (int image = first; image < first + rows; image++) right += record!.IsCorrect(image) ? 1 : 0;
                continue;
            }

            using IMaskedNetwork other = NetworkEngines.Open(network, masks.Masks[inferred[batch]]);
            (float[] inputs, int[] labels) = task.Test(first, rows);
            int[] classes = Classify(other)(inputs, rows);
            for (int row = 0; row < rows; row++) right += classes[row] == labels[row] ? 1 : 0;
        }

        return (double)right / task.TestCount;
    }

    // For each task the mask inferred for each of its test batches.
    private int[][] Infer(Superposition masks, ClassificationTask[] some)
    {
        List<float[]> queries = [];
        int images = Math.Min(config.ImagesPerQuery, some.Min(task => task.TestCount));
        foreach (ClassificationTask task in some)
        {
            // The last batch is short: where it has too few images, the query takes the last images there are.
            foreach (int first in PaperRule.FirstImages(task.TestCount))
                queries.Add(task.Test(Math.Min(first, task.TestCount - images), images).Inputs);
        }

        InferredTask[] inferred = Timed(masks, [.. queries.SelectMany(query => query)], _settings with { ImagesPerQuery = images });
        int[][] byTask = new int[some.Length][];
        int start = 0;
        for (int n = 0; n < some.Length; n++)
        {
            int batches = PaperRule.FirstImages(some[n].TestCount).Length;
            byTask[n] = [.. inferred.AsSpan(start, batches).ToArray().Select(answer => answer.Task)];
            start += batches;
        }

        return byTask;
    }

    private InferredTask[] Timed(Superposition masks, float[] inputs, InferenceSettings settings)
    {
        long begin = Stopwatch.GetTimestamp();
        InferredTask[] inferred = _inference.Infer(masks, inputs, settings);
        Interlocked.Add(ref _inferTicks, Stopwatch.GetTimestamp() - begin);
        Interlocked.Add(ref _queries, inferred.Length);
        return inferred;
    }

    private static Task ForChunksAsync(int count, int chunk, Action<int, int> body, CancellationToken cancellationToken) =>
        Cores.ForEachAsync(
            Enumerable.Range(0, (count + chunk - 1) / chunk),
            (n, _) => body(n * chunk, Math.Min(count, (n + 1) * chunk)),
            cancellationToken);
}
