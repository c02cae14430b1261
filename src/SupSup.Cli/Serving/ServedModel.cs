using System.Collections.Immutable;
using SupSup.Cli.Hosting;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Cli.Serving;

/// <summary>A model of a service, as REST tells it.</summary>
/// <param name="Name">The name that it was made with.</param>
/// <param name="DisplayName">What people call it.</param>
/// <param name="Spec">Its definition; null where it cannot be told.</param>
/// <param name="Tasks">Number of tasks learned.</param>
/// <param name="Normalization">How inputs are normalised, where all tasks agree.</param>
/// <param name="Error">Why nothing is told.</param>
internal sealed record ServedModel(
    string Name, string DisplayName, ModelSpec? Spec, int? Tasks, PixelNormalization? Normalization, string? Error)
{
    /// <summary>What its reservoir holds; null where it has none.</summary>
    public ReservoirDescription? Reservoir { get; init; }

    private const int AtOnce = 1000;

    /// <summary>Its name, and the one that it was made with where that is another.</summary>
    public string Title => DisplayName == Name ? Name : $"{DisplayName} ({Name})";

    /// <summary>The path of a model.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="SupSupException">InvalidRequest: the name cannot be used.</exception>
    public static string PathOf(string name) => $"v1/models/{GrainKeys.CheckModel(name)}";

    /// <summary>A model, or null where there is none of the name.</summary>
    public static Task<ServedModel?> FindAsync(Service service, string name, CancellationToken cancellationToken) =>
        service.FindAsync<ServedModel>(PathOf(name), cancellationToken);

    /// <summary>Asks for something that every model has, and says which models there are where there is none of the name.</summary>
    /// <param name="service">The service.</param>
    /// <param name="name">The model's name.</param>
    /// <param name="what">The path below the model's; empty for the model itself.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="SupSupException">NotFound: there is no such model.</exception>
    public static async Task<T> GetAsync<T>(Service service, string name, string what, CancellationToken cancellationToken)
    {
        try
        {
            return await service.GetAsync<T>($"{PathOf(name)}{what}", cancellationToken);
        }
        catch (SupSupException e) when (e.Error == SupSupError.NotFound)
        {
            Listed all = await ListAsync(service, cancellationToken);
            string there = all.Models.Count == 0
                ? "there is none yet"
                : $"there are {Some([.. all.Models.Select(model => model.DisplayName)])}";
            throw new SupSupException(
                e.Error, $"there is no model '{name}'; {there} ('{SupSupHome.Command} train MODEL TASK --data PATH' makes one)");
        }
    }

    /// <summary>The models of a service, each in brief.</summary>
    public static async Task<Listed> ListAsync(Service service, CancellationToken cancellationToken)
    {
        List<ServedModel> models = [];
        for (int offset = 0; ; offset += AtOnce)
        {
            Listed page = await service.GetAsync<Listed>($"v1/models?offset={offset}&limit={AtOnce}", cancellationToken);
            models.AddRange(page.Models);
            if (offset + AtOnce >= page.Total) return new(models, models.Count);
        }
    }

    /// <summary>The tasks of a model, in the order of their indices.</summary>
    /// <exception cref="SupSupException">NotFound: there is no such model.</exception>
    public static async Task<ImmutableArray<TaskSummary>> TasksAsync(Service service, string name, CancellationToken cancellationToken)
    {
        List<TaskSummary> tasks = [];
        while (true)
        {
            Page page = await GetAsync<Page>(service, name, $"/tasks?offset={tasks.Count}&limit={AtOnce}", cancellationToken);
            tasks.AddRange(page.Tasks);
            if (page.Tasks.Count == 0 || tasks.Count >= page.Total) return [.. tasks.OrderBy(task => task.Task)];
        }
    }

    /// <summary>The task that is called so, or has the index.</summary>
    /// <param name="tasks">The model's tasks.</param>
    /// <param name="model">The model's name.</param>
    /// <param name="nameOrIndex">Name or index.</param>
    /// <exception cref="SupSupException">NotFound: there is none. InvalidRequest: several have the name.</exception>
    public static TaskSummary Find(ImmutableArray<TaskSummary> tasks, string model, string nameOrIndex)
    {
        TaskSummary[] called = [.. tasks.Where(task => task.Names?.Task == nameOrIndex)];
        if (called.Length == 0) called = [.. tasks.Where(task => task.Answers(nameOrIndex))];
        if (called.Length > 1)
            throw new SupSupException(SupSupError.InvalidRequest,
                $"tasks {string.Join(", ", called.Select(task => task.Task))} of model '{model}' are all called '{nameOrIndex}'; "
                    + "name one by its index");
        return called.FirstOrDefault() ?? tasks.FirstOrDefault(task => $"{task.Task}" == nameOrIndex)
            ?? throw new SupSupException(SupSupError.NotFound,
                $"model '{model}' has no task '{nameOrIndex}'; it has "
                    + Some([.. tasks.Select(task => task.Names?.Task ?? $"{task.Task}")]));
    }

    private static string Some(string[] names) => names.Length switch
    {
        0 => "none yet",
        <= 10 => string.Join(", ", names),
        _ => $"{string.Join(", ", names[..10])} and {names.Length - 10} more",
    };

    /// <summary>The models of a service.</summary>
    /// <param name="Models">The models.</param>
    /// <param name="Total">How many there are; an earlier build does not say, and lists all.</param>
    internal sealed record Listed(IReadOnlyList<ServedModel> Models, int Total = 0);

    private sealed record Page(int Total, IReadOnlyList<TaskSummary> Tasks);
}
