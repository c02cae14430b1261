using System.Collections.Immutable;
using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using SupSup.Core.Datasets;
using SupSup.Core.Naming;
using SupSup.Core.Search;
using SupSup.Core.Tasks;
using SupSup.Data;
using SupSup.Grains.Data;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Silo.Http;
using SupSup.Silo.OpenInference;
using SupSup.Silo.Security;

namespace SupSup.Silo.Management;

/// <summary>One image as some task sees it, and which task is inferred from it: what the page draws.</summary>
internal static class PreviewEndpoints
{
    /// <summary>Adds the endpoints.</summary>
    public static void MapPreview(this RouteGroupBuilder group)
    {
        group.MapPost("models/{model}/preview", PreviewAsync).ForLimited()
            .WithSummary("Shows an image as a task sees it, and infers the task of it");
        group.MapGet("datasets/{dataset}/images/{image:int}", ImageAsync).ForLimited().WithSummary("A test image");
        group.MapGet("models/{model}/tasks/{task:int}/images/{image:int}", TaskImageAsync).WithSummary("A test image of a task's data");
    }

    private static async Task<TestImage> ImageAsync(string dataset, int image, TaskDataLibrary library)
    {
        if (!IsNamed(dataset)) // a folder of the silo's is not a reader's to look into
            throw new SupSupException(SupSupError.NotFound, $"unknown dataset '{dataset}'; use {Names}");
        Dataset data = await library.OpenDatasetAsync(dataset);
        return Image(data, data.Test.Count, image, number => number);
    }

    private static async Task<TestImage> TaskImageAsync(
        string model,
        int task,
        int image,
        IGrainFactory grains,
        TaskDataLibrary library,
        ClaimsPrincipal user,
        CancellationToken cancellationToken)
    {
        TaskSummary summary = await LearnedAsync(grains, model, task, cancellationToken);
        TaskData order = summary.Order.Data
            ?? throw Invalid($"task {model}/{task} was learned from submitted batches, so its images are not known here");
        CheckOpen(order.Dataset, user);
        ClassificationTask data = await library.OpenAsync(order);
        TestImage found = Image(data.Dataset, data.TestCount, image, data.TestImage);
        int label = data.ClassOf(found.Label);
        return found with { Label = label, LabelName = summary.Names?.ClassName(label) };
    }

    private static TestImage Image(Dataset data, int count, int number, Func<int, int> find)
    {
        if (number < 0 || number >= count)
            throw new SupSupException(SupSupError.NotFound, $"{data.Name} has no test image {number}; they are 0 to {count - 1}");
        if (data.Shape is not ExampleShape.Pixels shape)
            throw new SupSupException(SupSupError.NotFound, $"{data.Name} has rows of {data.Shape}, and no images");
        int image = find(number);
        int[] pixels = [.. data.Test.Image(image).ToArray().Select(pixel => (int)pixel)];
        return new TestImage(data.Name, shape.Rows, shape.Columns, pixels, data.Test.Labels[image],
            data.ClassNames?[data.Test.Labels[image]], count, shape.Channels);
    }

    /// <summary>Refuses folders of the silo to those who may not train on them.</summary>
    /// <exception cref="SupSupException">InvalidRequest.</exception>
    public static void CheckOpen(string dataset, ClaimsPrincipal user)
    {
        if (!IsNamed(dataset) && !user.IsInRole(Roles.Trainer))
            throw Invalid($"unknown dataset '{dataset}'; readers may name these only, trainers also folders of the silo: {Names}");
    }

    private static string Names => string.Join(", ", DatasetStore.BuiltIn.Names());

    private static bool IsNamed(string dataset) =>
        DatasetStore.BuiltIn.Any(source => source.Name.Equals(dataset, StringComparison.OrdinalIgnoreCase));

    private static async Task<TaskSummary> LearnedAsync(IGrainFactory grains, string model, int task, CancellationToken stop) =>
        await grains.Task(model, task).DescribeAsync(stop)
            ?? throw new SupSupException(SupSupError.NotFound, $"task {model}/{task} is not learned");

    private static async Task<PreviewAnswer> PreviewAsync(
        string model,
        PreviewOrder order,
        IGrainFactory grains,
        TaskDataLibrary library,
        InputNormalization normalization,
        LimitedCallers callers,
        CallerLimits limits,
        CancellationToken cancellationToken)
    {
        if (order.Candidates is < 1 or > SearchRule.LargestShortlist)
            throw Invalid($"candidates is {order.Candidates}; it takes 1 to {SearchRule.LargestShortlist}");
        if (order.Pixels.Any(pixel => pixel is < 0 or > 255)) throw Invalid("a pixel is out of range; use grey levels from 0 to 255");
        byte[] pixels = [.. order.Pixels.Select(pixel => (byte)pixel)];
        if (order.Task is { } seenAs)
        {
            await callers.CheckTaskAsync(limits, model, seenAs, cancellationToken);
            TaskSummary summary = await LearnedAsync(grains, model, seenAs, cancellationToken);
            ClassificationTask task = await library.OpenAsync(summary.Order.Data
                ?? throw Invalid($"task {model}/{seenAs} was learned from submitted batches; name a task that was learned from a dataset"));
            if (pixels.Length != task.Dataset.Shape.Length)
                throw Invalid($"{pixels.Length} pixels were sent; an image of {task.Dataset.Name} has {task.Dataset.Shape.Length}");
            pixels = [.. task.Source.Select(source => source == ClassificationTask.Background ? (byte)0 : pixels[source])];
        }

        InputBatch input = (await normalization.FindAsync(limits, model, order.Task, cancellationToken)).Apply(pixels);

        // Every candidate is run, so that the page can show what the gradient left open.
        InferenceOptions among = await callers.AmongOwnAsync(limits, model, new(), cancellationToken);
        InferenceOptions options = among with
        {
            Shortlist = Math.Max(2, order.Candidates),
            CertainAbove = double.PositiveInfinity,
            ExactRunnersUp = true,
        };
        IInferenceGrain inference = grains.GetGrain<IInferenceGrain>(GrainKeys.CheckModel(model));
        Task<Prediction[]> scanning = inference.InferAsync(input, options, cancellationToken);
        Prediction answer =
            (await inference.InferAsync(input, among with { UnknownUpTo = order.UnknownUpTo }, cancellationToken))[0];
        Prediction scan = (await scanning)[0];
        TaskPredictions? given = order.Task is { } known ? await inference.PredictAsync(input, [known], cancellationToken) : null;
        return new PreviewAnswer(
            [.. pixels.Select(pixel => (int)pixel)],
            new InferredAnswer(answer.Task, answer.Class, Confidence.Of(answer), answer.Entropy, answer.Lead, answer.IsUnknown,
                answer.TaskName, answer.ClassName),
            [.. scan.RunnersUp.Append(new Candidate(scan.Task, scan.Score, scan.Entropy)).OrderByDescending(candidate => candidate.Score)
                .Take(order.Candidates)],
            given is null ? null : new GivenAnswer(given.Classes[0], given.Entropies[0], given.ClassNames.FirstOrDefault()));
    }

    private static SupSupException Invalid(string message) => new(SupSupError.InvalidRequest, message);

    internal sealed record TestImage(
        string Dataset, int Rows, int Columns, IReadOnlyList<int> Pixels, int Label, string? LabelName, int Count, int Channels);

    internal sealed record PreviewOrder(int[] Pixels, int? Task = null, int Candidates = 20, double? UnknownUpTo = null);

    internal sealed record PreviewAnswer(
        IReadOnlyList<int> Pixels, InferredAnswer Inferred, ImmutableArray<Candidate> Scores, GivenAnswer? Given);

    internal sealed record InferredAnswer(
        int Task, int Class, double Confidence, double Entropy, double Lead, bool Unknown, string? TaskName, string? ClassName);

    internal sealed record GivenAnswer(int Class, double Entropy, string? ClassName);
}
