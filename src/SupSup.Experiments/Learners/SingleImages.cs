using SupSup.Core.TaskInference;
using SupSup.Experiments.Configuration;
using SupSup.Experiments.Evaluation;

namespace SupSup.Experiments.Learners;

/// <summary>What is asked of single images in the end: task and class, and whether images are of other tasks.</summary>
internal static class SingleImages
{
    private const double FalseAlarmRate = 0.01;
    private const int MostNewTasks = 20;

    /// <summary>Measures both and completes the result.</summary>
    /// <param name="result">What is known already.</param>
    /// <param name="config">The experiment.</param>
    /// <param name="tasks">Its tasks.</param>
    /// <param name="evaluator">Infers.</param>
    /// <param name="masks">All masks.</param>
    /// <param name="owner">The task of each mask.</param>
    /// <param name="home">The mask of each task, and which test images that classifies right.</param>
    /// <param name="stage">Advanced by one for each task.</param>
    /// <param name="cancellationToken">Stops.</param>
    public static async Task<ExperimentResult> MeasureAsync(
        ExperimentResult result, ExperimentConfig config, TaskSequence tasks, MaskEvaluator evaluator, Superposition masks,
        IReadOnlyList<int> owner, Func<int, (int Mask, TaskRecord Record)> home, IStageProgress stage, CancellationToken cancellationToken)
    {
        int images = config.Queries;
        InferredTask[][] known = await evaluator.InferImagesAsync(masks, 0, config.Tasks, images, stage, cancellationToken);
        (double seconds, long queries) = evaluator.TakeInference();
        result = result with
        {
            TaskInferenceAccuracy = known.SelectMany(
                (answers, task) => answers.Select(answer => owner[answer.Task] == task ? 1.0 : 0.0)).Average(),
            ImageAccuracy = known.SelectMany((answers, task) =>
            {
                (int mask, TaskRecord record) = home(task);
                return answers.Select((answer, image) => answer.Task == mask && record.IsCorrect(image) ? 1.0 : 0.0);
            }).Average(),
            InferSeconds = result.InferSeconds + seconds,
            InferQueries = result.InferQueries + queries,
        };

        // Tasks that were never learned: those that come next in the family, where it has more.
        int most = tasks.Most is { } last ? last - config.Tasks : MostNewTasks;
        int strangers = Math.Min(Math.Min(most, MostNewTasks), config.Tasks);
        double[] calibration = [.. known.SelectMany(answers => Leads(answers).Where((_, image) => image % 2 == 0)).Order()];
        int alarms = (int)(FalseAlarmRate * calibration.Length);
        bool hasLeads = !known.Any(answers => answers.Any(answer => double.IsNaN(answer.Lead)));
        if (strangers < 1 || alarms < 1 || !hasLeads || !double.IsFinite(calibration[alarms - 1])) return result;
        InferredTask[][] unknown = await evaluator.InferImagesAsync(
            masks, config.Tasks, config.Tasks + strangers, images, stage, cancellationToken);
        _ = evaluator.TakeInference();
        double[] others = [.. unknown.SelectMany(Leads)];
        double threshold = calibration[alarms - 1];

        // The threshold is set on one half of the images and its false alarms are counted on the other.
        double[] held = [.. known.SelectMany(answers => Leads(answers).Where((_, image) => image % 2 == 1))];
        return result with
        {
            Unknown = new UnknownReport(
            threshold, FalseAlarmRate, Share(held, threshold), Share(others, threshold), strangers, others.Length)
        };
    }

    private static double[] Leads(InferredTask[] answers) => [.. answers.Select(answer => answer.Lead)];

    private static double Share(double[] leads, double threshold) => leads.Average(lead => lead <= threshold ? 1.0 : 0.0);
}
