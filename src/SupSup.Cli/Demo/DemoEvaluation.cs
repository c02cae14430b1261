using System.Collections.Immutable;
using System.Diagnostics;
using SupSup.Client;
using SupSup.Core.Evaluation;
using SupSup.Core.Tasks;
using SupSup.Experiments.Learners;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Cli.Demo;

/// <summary>Asks the model about test images: their class with the task given, and their task and class without.</summary>
internal sealed class DemoEvaluation(SupSupModel model, Func<int, Task<ClassificationTask>> data, InferenceOptions options, int images)
{
    // Enough requests in the air to keep all cores busy, few enough to bound memory.
    private readonly int _requests = 2 * Environment.ProcessorCount;
    private readonly Dictionary<int, bool[]> _correctWhenGiven = [];
    private readonly Dictionary<int, double> _accuracy = [];

    /// <summary>Wall time of <see cref="EvaluateAsync"/>'s unlabelled queries.</summary>
    public TimeSpan InferenceTime { get; private set; }

    /// <summary>Evaluates one task with every task of the model in superposition.</summary>
    public async Task<TaskResult> EvaluateAsync(TaskSummary task, IStageProgress stage, CancellationToken cancellationToken)
    {
        ClassificationTask taskData = await data(task.Task);
        (float[] inputs, int[] labels) = taskData.Test(0, images);
        bool[] correct = new bool[images];
        await ForBatchesAsync(
            async (start, batch, stop) =>
            {
                TaskPredictions given = await model.PredictAsync(task.Task, batch, stop);
                for (int i = 0; i < batch.Rows; i++) correct[start + i] = given.Classes[i] == labels[start + i];
            },
            inputs,
            taskData.Inputs,
            cancellationToken);

        Prediction[] predictions = new Prediction[images];
        long begin = Stopwatch.GetTimestamp();
        await ForBatchesAsync(
            async (start, batch, stop) =>
            {
                (await model.InferAsync(batch, options, stop)).CopyTo(predictions, start);
                stage.Advance(batch.Rows);
            },
            inputs,
            taskData.Inputs,
            cancellationToken);
        InferenceTime += Stopwatch.GetElapsedTime(begin);

        _correctWhenGiven[task.Task] = correct;
        _accuracy[task.Task] = PaperRule.Accuracy(
            task.Task, [.. PaperRule.FirstImages(images).Select(image => predictions[image].Task)], correct);
        return new TaskResult(
            task.Task,
            Share(correct),
            Share(predictions.Select(prediction => prediction.Task == task.Task)),
            _accuracy[task.Task],
            Share(predictions.Select((prediction, i) => prediction.Task == task.Task && prediction.Class == labels[i])),
            images,
            task.Bytes,
            task.TrainSeconds);
    }

    /// <summary>The averages over the first tasks with only these in superposition. The tasks must have been evaluated.</summary>
    public async Task<CurvePoint> CurvePointAsync(
        ImmutableArray<int> tasks, bool areAll, IStageProgress stage, CancellationToken cancellationToken)
    {
        double accuracy = 0;
        foreach (int task in tasks)
        {
            accuracy += areAll ? _accuracy[task] : await FirstImagesAccuracyAsync(task, tasks, cancellationToken);
            stage.Advance(1);
        }

        return new CurvePoint(tasks.Length, accuracy / tasks.Length, tasks.Average(task => Share(_correctWhenGiven[task])));
    }

    private static double Share(IEnumerable<bool> hits) => hits.Average(hit => hit ? 1.0 : 0.0);

    private async Task<double> FirstImagesAccuracyAsync(int task, ImmutableArray<int> candidates, CancellationToken cancellationToken)
    {
        ClassificationTask taskData = await data(task);
        int[] firsts = PaperRule.FirstImages(images);
        float[] inputs = new float[firsts.Length * taskData.Inputs];
        for (int i = 0; i < firsts.Length; i++) taskData.Test(firsts[i], 1).Inputs.CopyTo(inputs, i * taskData.Inputs);
        Prediction[] predictions = await model.InferAsync(
            new InputBatch { Rows = firsts.Length, Values = inputs }, options with { Candidates = candidates }, cancellationToken);
        return PaperRule.Accuracy(task, [.. predictions.Select(prediction => prediction.Task)], _correctWhenGiven[task]);
    }

    private Task ForBatchesAsync(
        Func<int, InputBatch, CancellationToken, Task> body, float[] inputs, int width, CancellationToken cancellationToken) =>
            Parallel.ForEachAsync(
            PaperRule.FirstImages(images),
            new ParallelOptions { MaxDegreeOfParallelism = _requests, CancellationToken = cancellationToken },
            async (start, stop) =>
            {
                int rows = Math.Min(PaperRule.BatchSize, images - start);
                await body(start, new InputBatch { Rows = rows, Values = inputs[(start * width)..((start + rows) * width)] }, stop);
            });
}
