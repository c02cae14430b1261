using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using SupSup.Grains.Export;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Silo.Http;
using SupSup.Silo.Security;

namespace SupSup.Silo.Management;

/// <summary>Tasks, and their training on data that silos make.</summary>
internal static class TaskEndpoints
{
    private const int MostListed = 1000;

    /// <summary>Adds the endpoints.</summary>
    public static void MapTasks(this RouteGroupBuilder group)
    {
        RouteGroupBuilder tasks = group.MapGroup("models/{model}/tasks");
        tasks.MapGet("", ListAsync).ForLimited().WithSummary("The tasks learned, in the order in which they were acknowledged");
        tasks.MapPost("", AllocateAsync).ForLimited().RequireAuthorization(Roles.Trainer)
            .WithSummary("Allocates a task index that no one else gets; for a name, the index of the task that is called so");
        tasks.MapGet("{task:int}", GetAsync).WithSummary("A learned task");
        tasks.MapDelete("{task:int}", DeleteAsync).RequireAuthorization(Roles.Admin)
            .WithSummary("Removes a learned task and all that is stored of it");
        tasks.MapPut("{task:int}/name", RenameAsync).RequireAuthorization(Roles.Trainer)
            .WithSummary("Gives a learned task another name; it is found by those before too");
        tasks.MapGet("{task:int}/versions", VersionsAsync)
            .WithSummary("The versions of a task that can be asked: the one in force, and the one before it while it is kept");
        tasks.MapGet("{task:int}/versions/{version:int}", VersionAsync).WithSummary("A version of a task");
        tasks.MapPost("{task:int}/versions/{version:int}/evaluation", EvaluateVersionAsync)
            .WithSummary("Accuracy of a version on test data that the silo makes, the task being given");
        tasks.MapGet("{task:int}/versions/{version:int}/comparison", CompareAsync)
            .WithSummary("A version beside another, the one in force as a rule: which weights both masks keep, and both accuracies");
        tasks.MapPut("{task:int}/version", RollBackAsync).RequireAuthorization(Roles.Trainer)
            .WithSummary("Rolls a task back: an earlier version's mask is in force again; repeating it is harmless");
        tasks.MapGet("{task:int}/curve", CurveAsync).WithSummary("The losses of the training that made the mask: pairs of batch and loss");
        tasks.MapGet("{task:int}/mask", MaskAsync).WithSummary("The task's packed mask, as a file of version 1 or 2").Produces<byte[]>(
            StatusCodes.Status200OK, "application/octet-stream");
        tasks.MapGet("{task:int}/onnx", OnnxAsync)
            .WithSummary("The task as a network of its own in ONNX: levels or numbers in, probabilities and names of classes out")
            .Produces<byte[]>(StatusCodes.Status200OK, "application/octet-stream");
        tasks.MapPut("{task:int}/mask", ImportAsync).RequireAuthorization(Roles.Trainer).TakesMemory(weight: 5)
            .WithSummary("Imports a mask that was trained elsewhere").Accepts<byte[]>("application/octet-stream");
        tasks.MapPost("{task:int}/evaluation", EvaluateAsync)
            .WithSummary("Accuracy on test data that the silo makes, the task being given");
        tasks.MapPut("{task:int}/training", TrainAsync).RequireAuthorization(Roles.Trainer)
            .WithSummary("Orders training; repeating an order is harmless").Produces<TrainingStatus>(StatusCodes.Status202Accepted);
        tasks.MapGet("{task:int}/training", TrainingAsync).WithSummary("The state of the task's training");
        tasks.MapGet("{task:int}/training/progress", ProgressAsync)
            .WithSummary("The task's training until it ends, a line of JSON each time it changes").Produces<TrainingStatus>(
                StatusCodes.Status200OK, NdJson.ContentType);
        tasks.MapDelete("{task:int}/training", CancelAsync).RequireAuthorization(Roles.Trainer)
            .WithSummary("Stops training; the task is untrained afterwards");
    }

    /// <summary>Refuses pages that there are not.</summary>
    public static void CheckPage(int offset, int limit, int most)
    {
        if (offset < 0) throw new SupSupException(SupSupError.InvalidRequest, $"offset {offset} is negative");
        if (limit < 1 || limit > most) throw new SupSupException(SupSupError.InvalidRequest, $"limit {limit} is not from 1 to {most}");
    }

    private static async Task<TaskPage> ListAsync(
        string model, IGrainFactory grains, LimitedCallers callers, CallerLimits limits, CancellationToken cancellationToken,
        int offset = 0, int limit = 100)
    {
        CheckPage(offset, limit, MostListed);
        if (!limits.LimitsTasks)
        {
            TaskList page = await grains.Coordinator(model).ListTasksAsync(offset, limit, cancellationToken);
            return new TaskPage(page.Total, page.Tasks);
        }

        ModelDescription description = await callers.DescribeAsync(limits, model, cancellationToken);
        return new TaskPage(description.Tasks.Length, [.. description.Tasks.Skip(offset).Take(limit)]);
    }

    private static async Task<IResult> AllocateAsync(
        string model, [FromQuery] string? name, IGrainFactory grains, CallerLimits limits, CancellationToken cancellationToken)
    {
        ICoordinatorGrain coordinator = grains.Coordinator(model);
        if (name is null && limits.LimitsTasks)
            throw new SupSupException(
                SupSupError.InvalidRequest,
                $"'{limits.Caller}' is limited to {limits.Text}, so its tasks need a name; send POST /v1/models/{model}/tasks?name=NAME");
        LimitedCallers.CheckName(limits, limits.AllowTask, name);
        int task = await (name is null
            ? coordinator.AllocateTaskAsync(cancellationToken)
            : limits.LimitsTasks ? coordinator.AllocateTaskAsync(name, limits.Tasks, cancellationToken)
            : coordinator.AllocateTaskAsync(name, cancellationToken));
        if (name is not null && limits.LimitsTasks && !limits.AllowTask(await coordinator.CalledAsync(task, cancellationToken)))
            throw Taken(name); // a task of another was called so once
        return TypedResults.Created($"/v1/models/{Uri.EscapeDataString(model)}/tasks/{task}", new AllocatedTask(task));
    }

    private static async Task<TaskSummary> GetAsync(string model, int task, IGrainFactory grains, CancellationToken cancellationToken)
    {
        await grains.Coordinator(model).GetSpecAsync(cancellationToken);
        return await grains.Task(model, task).DescribeAsync(cancellationToken)
            ?? throw new SupSupException(SupSupError.NotFound, $"task {model}/{task} is not learned; order its training first");
    }

    private static async Task<IResult> DeleteAsync(string model, int task, IGrainFactory grains, CancellationToken cancellationToken)
    {
        await grains.Coordinator(model).RemoveTaskAsync(task, cancellationToken);
        return TypedResults.NoContent();
    }

    private static async Task<TaskSummary> RenameAsync(
        string model, int task, NewName order, IGrainFactory grains, CallerLimits limits, CancellationToken cancellationToken)
    {
        LimitedCallers.CheckName(limits, limits.AllowTask, order.Name);
        try
        {
            await grains.Coordinator(model).RenameTaskAsync(task, order.Name, cancellationToken);
        }
        catch (SupSupException e) when (e.Error == SupSupError.Conflict && limits.LimitsTasks)
        {
            throw Taken(order.Name);
        }

        return await GetAsync(model, task, grains, cancellationToken);
    }

    private static async Task<VersionList> VersionsAsync(
        string model, int task, IGrainFactory grains, CancellationToken cancellationToken)
    {
        await grains.Coordinator(model).GetSpecAsync(cancellationToken);
        return new VersionList([.. (await grains.Task(model, task).ListVersionsAsync(cancellationToken)).Select(VersionView.Of)]);
    }

    private static async Task<VersionView> VersionAsync(
        string model, int task, int version, IGrainFactory grains, CancellationToken cancellationToken) =>
        (await VersionsAsync(model, task, grains, cancellationToken)).Versions.FirstOrDefault(one => one.Version == version)
            ?? throw new SupSupException(
                SupSupError.NotFound,
                $"version {version} of task {model}/{task} is not kept; see /v1/models/{model}/tasks/{task}/versions");

    private static async Task<EvaluationResult> EvaluateVersionAsync(
        string model, int task, int version, EvaluationOrder? order, IGrainFactory grains, LimitedCallers callers, CallerLimits limits,
        ClaimsPrincipal user, CancellationToken cancellationToken)
    {
        if (order?.Data is { } data) PreviewEndpoints.CheckOpen(data.Dataset, user);
        await callers.CheckDataAsync(limits, order?.Data?.Dataset, cancellationToken);
        return EvaluationResult.Of(await grains.Task(model, task).EvaluateAsync(order?.Data, version, cancellationToken));
    }

    private static async Task<ComparisonView> CompareAsync(
        string model, int task, int version, [FromQuery] int? with, IGrainFactory grains, CancellationToken cancellationToken)
    {
        int other = with ?? (await GetAsync(model, task, grains, cancellationToken)).Version;
        return ComparisonView.Of(await grains.Task(model, task).CompareAsync(version, other, null, cancellationToken));
    }

    private static async Task<TaskSummary> RollBackAsync(
        string model, int task, VersionOrder order, IGrainFactory grains, CancellationToken cancellationToken)
    {
        await grains.Coordinator(model).GetSpecAsync(cancellationToken);
        return await grains.Task(model, task).RollBackAsync(order.Version, cancellationToken);
    }

    private static async Task<LossCurve> CurveAsync(string model, int task, IGrainFactory grains, CancellationToken cancellationToken)
    {
        await grains.Coordinator(model).GetSpecAsync(cancellationToken);
        return new LossCurve(TrainingView.Pairs(await grains.Task(model, task).GetCurveAsync(cancellationToken)));
    }

    private static async Task<IResult> MaskAsync(
        string model, int task, IGrainFactory grains, CancellationToken cancellationToken, [FromQuery] int? version = null)
    {
        // Silos of the release before know the call without a version only.
        ITaskGrain grain = grains.Task(model, task);
        PackedMaskBlob mask = await (version is { } asked
            ? grain.GetMaskAsync(asked, cancellationToken) : grain.GetMaskAsync(cancellationToken));
        return TypedResults.Bytes(mask.File, "application/octet-stream", $"{model}-{task}.mask");
    }

    private static async Task<IResult> OnnxAsync(string model, int task, IGrainFactory grains, CancellationToken cancellationToken)
    {
        TaskSummary summary = await GetAsync(model, task, grains, cancellationToken);
        ModelSpec spec = await grains.Coordinator(model).GetSpecAsync(cancellationToken);
        PackedMaskBlob mask = await grains.Task(model, task).GetMaskAsync(cancellationToken);
        ModelDescription description = new() { Name = model, Spec = spec, Tasks = [summary] };
        return TypedResults.Bytes(
            OnnxTask.Write(description, summary, mask), "application/octet-stream", $"{model}-{summary.Names?.Task ?? $"{task}"}.onnx");
    }

    private static async Task<TaskSummary> ImportAsync(
        string model, int task, [FromQuery] float[] means, [FromQuery] float[] deviations, [FromQuery] int? classes,
        [FromQuery] string? name, [FromQuery(Name = "class")] string[] classNames, IGrainFactory grains, LimitedCallers callers,
        CallerLimits limits, HttpRequest request, CancellationToken cancellationToken)
    {
        LimitedCallers.CheckName(limits, limits.AllowTask, name);
        name ??= await callers.CheckTaskAsync(limits, model, task, cancellationToken);
        if (request.ContentType != "application/octet-stream") throw new BadHttpRequestException(
            "unsupported Content-Type of a mask; send application/octet-stream", StatusCodes.Status415UnsupportedMediaType);
        using MemoryStream file = new();
        await request.Body.CopyToAsync(file, cancellationToken);
        try
        {
            return await grains.Task(model, task).ImportAsync(
                file.ToArray(),
                new TaskDetails
                {
                    Normalization = means.Length + deviations.Length == 0
                        ? null
                        : new PixelNormalization { Means = [.. means], Deviations = [.. deviations] },
                    Classes = classes,
                    Names = name is null && classNames.Length == 0 ? null : new TaskNames { Task = name, Classes = [.. classNames] },
                },
                cancellationToken);
        }
        catch (SupSupException e) when (e.Error == SupSupError.Damaged)
        {
            throw new SupSupException(SupSupError.InvalidRequest, e.Message); // what is damaged came with the request
        }
    }

    private static async Task<EvaluationResult> EvaluateAsync(
        string model, int task, EvaluationOrder? order, IGrainFactory grains, LimitedCallers callers, CallerLimits limits,
        ClaimsPrincipal user, CancellationToken cancellationToken)
    {
        if (order?.Data is { } data) PreviewEndpoints.CheckOpen(data.Dataset, user);
        await callers.CheckDataAsync(limits, order?.Data?.Dataset, cancellationToken);
        return EvaluationResult.Of(await grains.Task(model, task).EvaluateAsync(order?.Data, cancellationToken));
    }

    private static async Task<IResult> TrainAsync(
        string model, int task, TrainingOrder order, IGrainFactory grains, LimitedCallers callers, CallerLimits limits,
        CancellationToken cancellationToken)
    {
        await callers.CheckDataAsync(limits, order.Data?.Dataset, cancellationToken);
        LimitedCallers.CheckName(limits, limits.AllowTask, order.Names?.Task);
        if (order.Names?.Task is null && await callers.CheckTaskAsync(limits, model, task, cancellationToken) is { } name)
            order = order with { Names = (order.Names ?? new TaskNames()) with { Task = name } };
        return TypedResults.Accepted(
            $"/v1/models/{Uri.EscapeDataString(model)}/tasks/{task}/training",
            TrainingStatus.Of(await grains.Task(model, task).TrainAsync(order, cancellationToken)));
    }

    private static async Task<TrainingStatus> TrainingAsync(
        string model, int task, IGrainFactory grains, CancellationToken cancellationToken)
    {
        await grains.Coordinator(model).GetSpecAsync(cancellationToken);
        await foreach (TrainingProgress progress in grains.Task(model, task).WatchAsync(cancellationToken))
            return TrainingStatus.Of(progress);
        throw new SupSupException(SupSupError.Unavailable, $"the silo of task {model}/{task} was lost; ask again");
    }

    private static async Task ProgressAsync(string model, int task, IGrainFactory grains, OpenStreams streams, HttpContext context)
    {
        await grains.Coordinator(model).GetSpecAsync(context.RequestAborted);
        await NdJson.WriteAsync(context, streams, takes: false, Watch);

        async IAsyncEnumerable<TrainingStatus> Watch(
            [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await foreach (TrainingProgress progress in grains.Task(model, task).WatchAsync(cancellationToken))
                yield return TrainingStatus.Of(progress);
        }
    }

    private static async Task<IResult> CancelAsync(string model, int task, IGrainFactory grains, CancellationToken cancellationToken)
    {
        await grains.Coordinator(model).GetSpecAsync(cancellationToken);
        await grains.Task(model, task).CancelTrainingAsync(cancellationToken);
        return TypedResults.NoContent();
    }

    private static SupSupException Taken(string name) => new(SupSupError.Conflict, $"the name '{name}' is taken; choose another");

    internal sealed record TaskPage(int Total, IReadOnlyList<TaskSummary> Tasks);

    internal sealed record AllocatedTask(int Task);

    internal sealed record LossCurve(IReadOnlyList<double[]> Curve);

    internal sealed record EvaluationOrder(TaskData? Data = null);

    internal sealed record EvaluationResult(int Correct, int Rows, double Accuracy, string? Remark)
    {
        public static EvaluationResult Of(Evaluation found) => new(found.Correct, found.Rows, found.Accuracy, found.Remark);
    }

    internal sealed record VersionOrder(int Version);

    internal sealed record VersionList(IReadOnlyList<VersionView> Versions);

    internal sealed record VersionView(int Version, bool InForce, DateTimeOffset? Until, int? RolledBackTo, TaskSummary Task)
    {
        public static VersionView Of(TaskVersion version) =>
            new(version.Summary.Version, version.InForce, version.Until, version.RolledBackTo, version.Summary);
    }

    internal sealed record ComparisonView(
        int One, int Other, int Weights, int KeptByOne, int KeptByOther, int KeptByBoth, double Agreement, double? AccuracyOfOne,
        double? AccuracyOfOther, int? Rows, int? SameAnswers, string? Remark)
    {
        public static ComparisonView Of(VersionComparison found) => new(
            found.One, found.Other, found.Weights, found.KeptByOne, found.KeptByOther, found.KeptByBoth, found.Agreement,
            found.OneTested?.Accuracy, found.OtherTested?.Accuracy, found.OneTested?.Rows, found.SameAnswers, found.Remark);
    }
}
