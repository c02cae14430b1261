using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using SupSup.Core.Naming;
using SupSup.Data;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Silo.Security;

namespace SupSup.Silo.Http;

/// <summary>
/// Keeps callers that are limited to models or tasks to theirs: what a request's path names is looked at here, for every endpoint, and so
/// is whether an endpoint without a model or a task in its path is for them. What lies outside is answered alike whether it is there or
/// not.
/// </summary>
/// <param name="grains">The silo.</param>
internal sealed class LimitedCallers(IGrainFactory grains)
{
    // Views of models that are kept; each has the descriptions of a caller's tasks.
    private const int MostKept = 256;

    private readonly ConcurrentDictionary<(string Model, string Tasks), Known> _known = new();

    /// <summary>Called for every request, once its caller and its endpoint are known.</summary>
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        CallerLimits limits = CallerLimits.Of(context.User);
        if (limits.Any && context.GetEndpoint() is { } endpoint && endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null)
        {
            string? model = context.GetRouteValue("model") as string;
            int? task = int.TryParse(context.GetRouteValue("task") as string, CultureInfo.InvariantCulture, out int index) ? index : null;
            if (model is not null) CheckModel(limits, ModelNames.Asked(context) ?? model, model);
            ForLimitedAttribute? said = endpoint.Metadata.GetMetadata<ForLimitedAttribute>();
            bool isOpen = said is { Tasks: true } || (!limits.LimitsTasks && (said is not null || model is not null));
            if (model is not null && task is { } one) await CheckTaskAsync(limits, model, one, context.RequestAborted);
            else if (!isOpen)
            {
                await Problems.WriteAsync(
                    context, StatusCodes.Status403Forbidden,
                    $"'{limits.Caller}' is limited to {limits.Text}, and this is of more than those; ask with a key without limits");
                return;
            }
        }

        await next(context);
    }

    /// <summary>Refuses models that are not the caller's.</summary>
    /// <param name="limits">The caller's limits.</param>
    /// <param name="asked">What the caller calls it.</param>
    /// <param name="model">The name that a model is stored under.</param>
    /// <exception cref="SupSupException">NotFound, whether or not there is such a model.</exception>
    public static void CheckModel(CallerLimits limits, string asked, string model)
    {
        if (limits.AllowModel(model)) return;
        throw new SupSupException(
            SupSupError.NotFound,
            limits.AllowModel(asked)
                ? $"there is no model '{asked}'; create it first" // as the model itself says where there is none
                : $"there is no model '{asked}' for '{limits.Caller}', which is limited to {limits.Text}");
    }

    /// <summary>Refuses tasks that are not the caller's.</summary>
    /// <param name="limits">The caller's limits.</param>
    /// <param name="model">The model's name.</param>
    /// <param name="task">Task index.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What the task is, or is to be, called; null for nothing, and for callers without limits.</returns>
    /// <exception cref="SupSupException">NotFound, whether or not there is such a task.</exception>
    public async Task<string?> CheckTaskAsync(CallerLimits limits, string model, int task, CancellationToken cancellationToken)
    {
        if (!limits.LimitsTasks) return null;
        string? name = await grains.Coordinator(model).CalledAsync(task, cancellationToken);
        return limits.AllowTask(name) ? name : throw new SupSupException(
            SupSupError.NotFound,
            $"there is no task {task} of model '{model}' for '{limits.Caller}', which is limited to {limits.Text}; learn one under an "
                + $"index of POST /v1/models/{model}/tasks?name=NAME");
    }

    /// <summary>Refuses names that are not the caller's to give.</summary>
    /// <param name="limits">The caller's limits.</param>
    /// <param name="isAllowed">Whether a name is.</param>
    /// <param name="name">The name; null for none.</param>
    /// <exception cref="SupSupException">InvalidRequest.</exception>
    public static void CheckName(CallerLimits limits, Func<string, bool> isAllowed, string? name)
    {
        if (name is null || isAllowed(name)) return;
        throw new SupSupException(
            SupSupError.InvalidRequest, $"'{limits.Caller}' cannot give the name '{name}': it is limited to {limits.Text}; choose another");
    }

    /// <summary>Refuses data that are not the caller's: of other models and tasks, and what lies in folders of the silo.</summary>
    /// <param name="limits">The caller's limits.</param>
    /// <param name="dataset">A name, or a path, with options.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">InvalidRequest; NotFound, whether or not there are such data.</exception>
    public async Task CheckDataAsync(CallerLimits limits, string? dataset, CancellationToken cancellationToken)
    {
        if (dataset is null || !limits.Any
            || DatasetStore.BuiltIn.Any(source => source.Name.Equals(dataset, StringComparison.OrdinalIgnoreCase))) return;
        if (!dataset.StartsWith(SentDataLimits.Prefix, StringComparison.Ordinal))
            throw new SupSupException(
                SupSupError.InvalidRequest,
                $"unknown dataset '{dataset}'; '{limits.Caller}', which is limited to {limits.Text}, may name "
                    + $"{string.Join(", ", DatasetStore.BuiltIn.Names())}, and data that were sent ({SentDataLimits.Prefix}MODEL/TASK)");
        (string model, int task) = GrainKeys.Split(dataset[SentDataLimits.Prefix.Length..].Split('?')[0]);
        CheckModel(limits, model, model);
        await CheckTaskAsync(limits, model, task, cancellationToken);
    }

    /// <summary>A model and those of its learned tasks that are the caller's. For callers that are limited to tasks what was found is kept,
    /// as long as the model says that nothing changed.</summary>
    /// <param name="limits">The caller's limits.</param>
    /// <param name="model">The model's name.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">NotFound: there is no such model.</exception>
    public async Task<ModelDescription> DescribeAsync(CallerLimits limits, string model, CancellationToken cancellationToken)
    {
        ICoordinatorGrain coordinator = grains.Coordinator(model);
        if (!limits.LimitsTasks) return await coordinator.DescribeAsync(cancellationToken);
        (string, string) key = (model, string.Join('\n', limits.Tasks));
        Known? known = _known.GetValueOrDefault(key);
        DirectoryChanges? changes = await coordinator.GetChangesAsync(known?.Revision ?? -1, cancellationToken);
        if (known is not null && changes is null) return known.Model;
        ModelDescription all = await coordinator.DescribeAsync(cancellationToken);
        ModelDescription own = all with { Tasks = [.. all.Tasks.Where(task => limits.AllowTask(task.Names?.Task))] };
        if (_known.Count >= MostKept) _known.Clear();
        _known[key] = new(changes!.Revision, own); // what was described may be newer, and is then asked for once more
        return own;
    }

    /// <summary>How a task is to be sought: among the caller's alone.</summary>
    /// <param name="limits">The caller's limits.</param>
    /// <param name="model">The model's name.</param>
    /// <param name="options">What the caller asked for.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">NotFound: none, or a candidate, is the caller's. InvalidRequest: the model's masks live in a
    /// reservoir, which finds among all.</exception>
    public async Task<InferenceOptions> AmongOwnAsync(
        CallerLimits limits, string model, InferenceOptions options, CancellationToken cancellationToken)
    {
        if (!limits.LimitsTasks) return options;
        ModelDescription own = await DescribeAsync(limits, model, cancellationToken);
        if (own.Spec.HasReservoir)
            throw new SupSupException(
                SupSupError.InvalidRequest,
                $"model '{model}' keeps its masks in a reservoir, which finds among all of its tasks, and '{limits.Caller}' is limited to "
                    + $"{limits.Text}; ask with a key that is not limited to tasks");
        if (own.Tasks.IsEmpty)
            throw new SupSupException(
                SupSupError.NotFound, $"model '{model}' has learned no task of '{limits.Caller}' yet; train one first");
        if (options.Candidates.IsDefault) return options with { Candidates = [.. own.Tasks.Select(task => task.Task)] };
        HashSet<int> tasks = [.. own.Tasks.Select(task => task.Task)];
        foreach (int candidate in options.Candidates.Where(candidate => !tasks.Contains(candidate)))
            throw new SupSupException(
                SupSupError.NotFound, $"candidate task {candidate} of model '{model}' is not learned; train it first");
        return options;
    }

    private sealed record Known(long Revision, ModelDescription Model);
}
