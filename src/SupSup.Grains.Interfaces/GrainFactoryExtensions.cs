using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Interfaces;

/// <summary>Finds the service's grains by what they are of; nothing is called.</summary>
public static class GrainFactoryExtensions
{
    /// <summary>The list of all models.</summary>
    /// <param name="grains">Where grains are found.</param>
    public static ICatalogGrain Catalog(this IGrainFactory grains) => grains.GetGrain<ICatalogGrain>(GrainKeys.Catalog);

    /// <summary>A model's coordinator.</summary>
    /// <param name="grains">Where grains are found.</param>
    /// <param name="model">The model's name.</param>
    /// <exception cref="SupSupException">InvalidRequest: the name cannot be used.</exception>
    public static ICoordinatorGrain Coordinator(this IGrainFactory grains, string model) =>
        grains.GetGrain<ICoordinatorGrain>(GrainKeys.CheckModel(model));

    /// <summary>Where masks of a model come in, many at once.</summary>
    /// <param name="grains">Where grains are found.</param>
    /// <param name="model">The model's name.</param>
    /// <exception cref="SupSupException">InvalidRequest: the name cannot be used.</exception>
    public static IImportGrain Import(this IGrainFactory grains, string model) =>
        grains.GetGrain<IImportGrain>(GrainKeys.CheckModel(model));

    /// <summary>The reservoir that a model's masks live in.</summary>
    /// <param name="grains">Where grains are found.</param>
    /// <param name="model">The model's name.</param>
    /// <exception cref="SupSupException">InvalidRequest: the name cannot be used.</exception>
    public static IReservoirGrain Reservoir(this IGrainFactory grains, string model) =>
        grains.GetGrain<IReservoirGrain>(GrainKeys.CheckModel(model));

    /// <summary>A task of a model.</summary>
    /// <param name="grains">Where grains are found.</param>
    /// <param name="model">The model's name.</param>
    /// <param name="task">Task index, not negative.</param>
    /// <exception cref="SupSupException">InvalidRequest: the name or the index cannot be used.</exception>
    public static ITaskGrain Task(this IGrainFactory grains, string model, int task) =>
        grains.GetGrain<ITaskGrain>(GrainKeys.Task(model, task));

    /// <summary>The data that were sent for a task.</summary>
    /// <param name="grains">Where grains are found.</param>
    /// <param name="model">The model's name.</param>
    /// <param name="task">Task index, not negative.</param>
    /// <exception cref="SupSupException">InvalidRequest: the name or the index cannot be used.</exception>
    public static ITaskDataGrain TaskData(this IGrainFactory grains, string model, int task) =>
        grains.GetGrain<ITaskDataGrain>(GrainKeys.Task(model, task));
}
