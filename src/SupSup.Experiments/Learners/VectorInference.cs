using System.Diagnostics;
using SupSup.Core.Evaluation;
using SupSup.Core.Tasks;
using SupSup.Experiments.Configuration;
using SupSup.Experiments.Evaluation;
using SupSup.Experiments.Files;
using SupSup.Experiments.Methods;

namespace SupSup.Experiments.Learners;

/// <summary>Finds the tasks of a rival whose tasks differ in rank-one vectors, by the paper's rules; keeps the vectors in the run's
/// folder.</summary>
/// <param name="config">The experiment.</param>
/// <param name="tasks">Its tasks.</param>
/// <param name="folder">The run's folder.</param>
internal sealed class VectorInference(ExperimentConfig config, TaskSequence tasks, RunFolder folder)
{
    private long _ticks;
    private long _queries;

    /// <summary>Keeps the vectors of a task that was learned.</summary>
    public void Keep(int task, RivalNetwork network) => folder.Write(FileOf(task), VectorMixture.Of(network));

    /// <summary>Whether a task's vectors were kept.</summary>
    public bool Has(int task) => File.Exists(folder.File(FileOf(task)));

    /// <summary>The mixture of the first tasks.</summary>
    /// <param name="weights">What all share, of each layer [fan-in, out].</param>
    /// <param name="learned">Number of tasks.</param>
    public VectorMixture Mix(IReadOnlyList<float[]> weights, int learned) => new(
        weights, [.. Enumerable.Range(0, learned).Select(task => folder.Read<float[][]>(FileOf(task))!)], config.InfersBy(tasks.Classes),
        config.Layers);

    /// <summary>Scores a task's test images: the task of each batch of 128 is that of its first image.</summary>
    public TaskScore Score(VectorMixture mixture, TaskRecord record)
    {
        ClassificationTask task = tasks[record.Task];
        int[] firsts = PaperRule.FirstImages(task.TestCount);
        int[] found = Infer(mixture, [.. firsts.SelectMany(first => task.Test(first, 1).Inputs)], firsts.Length);
        return new TaskScore(
            record.Task,
            PaperRule.Accuracy(record.Task, found, [.. Enumerable.Range(0, task.TestCount).Select(record.IsCorrect)]),
            record.GivenTaskAccuracy,
            found.Average(each => each == record.Task ? 1.0 : 0.0));
    }

    /// <summary>Of a task's first test images, each asked alone: the shares whose task is found, and whose class is right, too.</summary>
    public (double Found, double Right) Single(VectorMixture mixture, TaskRecord record)
    {
        ClassificationTask task = tasks[record.Task];
        int images = Math.Min(config.Queries, task.TestCount);
        int[] found = Infer(mixture, task.Test(0, images).Inputs, images);
        return (found.Average(each => each == record.Task ? 1.0 : 0.0),
            found.Index().Average(each => each.Item == record.Task && record.IsCorrect(each.Index) ? 1.0 : 0.0));
    }

    /// <summary>Time of inference since the last call, in seconds of the wall clock, and queries; both start again from zero.</summary>
    public (double Seconds, long Queries) TakeInference() => (
        Interlocked.Exchange(ref _ticks, 0) / (double)Stopwatch.Frequency / Environment.ProcessorCount,
        Interlocked.Exchange(ref _queries, 0));

    private int[] Infer(VectorMixture mixture, float[] inputs, int rows)
    {
        long begin = Stopwatch.GetTimestamp();
        float[] scores = mixture.Scores(inputs, rows);
        Interlocked.Add(ref _ticks, Stopwatch.GetTimestamp() - begin);
        Interlocked.Add(ref _queries, rows);
        return [.. scores.Chunk(scores.Length / rows).Select(each => Array.IndexOf(each, each.Max()))];
    }

    private static string FileOf(int task) => $"vectors/{task:D5}.json";
}
