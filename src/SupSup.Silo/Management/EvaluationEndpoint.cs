using System.Runtime.CompilerServices;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using SupSup.Core.Tasks;
using SupSup.Grains.Data;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Models;
using SupSup.Silo.Http;
using SupSup.Silo.Security;

namespace SupSup.Silo.Management;

/// <summary>Accuracy against tasks learned: of tasks spread over the order in which they were learned, with
/// the task given and inferred.</summary>
internal static class EvaluationEndpoint
{
    /// <summary>Tasks that are tested at most.</summary>
    public const int MostTasks = 1000;

    private const int MostImages = 10_000;
    private const int ImagesAtOnce = 250;

    /// <summary>Adds the endpoint.</summary>
    public static void MapEvaluation(this RouteGroupBuilder group) => group.MapGet("models/{model}/evaluation", EvaluateAsync)
        .ForLimited()
        .WithSummary("Tests tasks spread over the order of learning on a few of their test images; a line of JSON for each")
        .Produces<TaskAccuracy>(StatusCodes.Status200OK, NdJson.ContentType);

    private static async Task EvaluateAsync(
        string model, IGrainFactory grains, TaskDataLibrary library, OpenStreams streams, LimitedCallers callers, HttpContext context,
        int tasks = 50, int images = 20, bool confusions = false, int? task = null)
    {
        if (tasks is < 1 or > MostTasks) throw new SupSupException(SupSupError.InvalidRequest, $"tasks is {tasks}; use 1 to {MostTasks}");
        CheckImages(images);
        CallerLimits limits = CallerLimits.Of(context.User);
        ModelDescription description = await callers.DescribeAsync(limits, model, context.RequestAborted);
        CheckGiven(description);
        int[] asked = [.. Enumerable.Range(0, description.Tasks.Length).Where(n => task is null || description.Tasks[n].Task == task)];
        if (task is not null && asked.Length == 0)
            throw new SupSupException(SupSupError.NotFound, $"task {model}/{task} is not learned");
        await NdJson.WriteAsync(context, streams, takes: false, cancellationToken =>
            TestAsync(grains, library, description, Among(limits, description), asked, tasks, images, confusions, cancellationToken));
    }

    /// <summary>How the task is sought of test images: among the tasks that are the caller's.</summary>
    /// <param name="limits">The caller's limits.</param>
    /// <param name="own">The model with the caller's tasks.</param>
    public static InferenceOptions Among(CallerLimits limits, ModelDescription own) => limits.LimitsTasks
        ? new() { Candidates = [.. own.Tasks.Select(task => task.Task)] }
        : new();

    /// <summary>Refuses models whose tasks cannot be given.</summary>
    /// <param name="model">The model.</param>
    /// <exception cref="SupSupException">InvalidRequest: its masks live in a reservoir.</exception>
    public static void CheckGiven(ModelDescription model) => model.Spec.Refuse(
        model.Name, "its tasks cannot be tested as given; test one by POST /v1/models/{model}/tasks/{task}/evaluation, as training does");

    /// <summary>Refuses numbers of test examples.</summary>
    /// <param name="images">Of each task.</param>
    /// <exception cref="SupSupException">InvalidRequest: it is out of range.</exception>
    public static void CheckImages(int images)
    {
        if (images is < 1 or > MostImages)
            throw new SupSupException(SupSupError.InvalidRequest, $"images is {images}; use 1 to {MostImages}");
    }

    /// <summary>Tests tasks, one after the other.</summary>
    /// <param name="grains">The silo.</param>
    /// <param name="library">Where test data come from.</param>
    /// <param name="model">The model.</param>
    /// <param name="options">How the task of an image is sought.</param>
    /// <param name="asked">Which of its tasks, by their places in the order of learning.</param>
    /// <param name="most">How many of them at most, spread over their order; what was submitted is not known here, and tried only where
    /// there is nothing else.</param>
    /// <param name="images">Test examples of each at most.</param>
    /// <param name="confusions">Whether to tell what was taken for what.</param>
    /// <param name="cancellationToken">Stops.</param>
    public static async IAsyncEnumerable<TaskAccuracy> TestAsync(
        IGrainFactory grains, TaskDataLibrary library, ModelDescription model, InferenceOptions options, int[] asked, int most, int images,
        bool confusions, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        int[] learned = [.. asked.Where(position => model.Tasks[position].Order.Data is not null)];
        if (learned.Length == 0) learned = asked;
        int count = Math.Min(most, learned.Length);
        for (int n = 0; n < count; n++)
        {
            int position = learned[count == 1 ? 0 : (int)((long)n * (learned.Length - 1) / (count - 1))];
            yield return await TryAsync(grains, library, model, options, position, images, confusions, cancellationToken);
        }
    }

    // One whose data are gone is no reason not to test the others.
    private static async Task<TaskAccuracy> TryAsync(
        IGrainFactory grains, TaskDataLibrary library, ModelDescription model, InferenceOptions options, int position, int images,
        bool confusions, CancellationToken cancellationToken)
    {
        TaskSummary task = model.Tasks[position];
        try
        {
            if (task.Order.Data is null)
                throw new SupSupException(
                    SupSupError.InvalidRequest,
                    "it was learned from batches that were submitted, or imported, so its test data are not known");
            return await TestAsync(grains, library, model, options, position, images, confusions, cancellationToken);
        }
        catch (SupSupException e) when (e.Error is SupSupError.InvalidRequest or SupSupError.Unavailable)
        {
            return new TaskAccuracy(position, task.Task, 0, 0, 0, 0)
            {
                Name = task.Names?.Task,
                Problem = $"task {task.Task}{(task.Names?.Task is { } name ? $" '{name}'" : "")} cannot be evaluated: {e.Message}",
                Confusions = confusions ? [] : null,
            };
        }
    }

    private static async Task<TaskAccuracy> TestAsync(
        IGrainFactory grains, TaskDataLibrary library, ModelDescription model, InferenceOptions options, int position, int images,
        bool confusions, CancellationToken cancellationToken)
    {
        TaskSummary task = model.Tasks[position];
        ClassificationTask data = await library.OpenAsync(task.Order.Data!, model.Spec, model.Name);

        // Each task is shown other images, so that the few of one do not decide for all.
        int count = Math.Min(images, data.TestCount);
        int start = (int)((long)position * count % (data.TestCount - count + 1));
        IInferenceGrain inference = grains.GetGrain<IInferenceGrain>(model.Name);
        (int given, int inferred, int found) = (0, 0, 0);
        Dictionary<Confusion, int> counts = [];
        for (int done = 0; done < count; done += ImagesAtOnce)
        {
            (float[] values, int[] labels) = data.Test(start + done, Math.Min(ImagesAtOnce, count - done));
            InputBatch inputs = new() { Rows = labels.Length, Values = values };
            Prediction[] predictions = await inference.InferAsync(inputs, options, cancellationToken);
            TaskPredictions told = await inference.PredictAsync(
                inputs, [.. Enumerable.Repeat(task.Task, labels.Length)], cancellationToken);
            given += told.Classes.Zip(labels).Count(pair => pair.First == pair.Second);
            inferred += predictions.Zip(labels).Count(pair => pair.First.Task == task.Task && pair.First.Class == pair.Second);
            found += predictions.Count(prediction => prediction.Task == task.Task);
            for (int row = 0; row < labels.Length; row++)
            {
                Confusion answer = new(labels[row], told.Classes[row], predictions[row].Task, predictions[row].Class);
                counts[answer] = counts.GetValueOrDefault(answer) + 1;
            }
        }

        return new TaskAccuracy(position, task.Task, count, given / (double)count, inferred / (double)count, found / (double)count)
        {
            Name = task.Names?.Task,
            Confusions = confusions ? [.. counts.OrderBy(pair => (pair.Key.Label, -pair.Value)).Select(pair =>
                pair.Key with { Count = pair.Value })] : null,
        };
    }

    /// <summary>How a task did.</summary>
    internal sealed record TaskAccuracy(int Position, int Task, int Images, double Given, double Inferred, double Found)
    {
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public IReadOnlyList<Confusion>? Confusions { get; init; }

        /// <summary>What people call the task.</summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public string? Name { get; init; }

        /// <summary>Why it could not be tested; the shares then say nothing.</summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public string? Problem { get; init; }
    }

    // How many images of a class had an answer: the class with the task given, and task and class without.
    internal sealed record Confusion(int Label, int Given, int Task, int Class)
    {
        public int Count { get; init; }
    }
}
