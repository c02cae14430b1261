using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Client;

/// <summary>The entry point of applications: models on a cluster, by name.</summary>
/// <param name="grains">A connected cluster client, or the grain factory of a silo in this process.</param>
public sealed class SupSupClient(IGrainFactory grains)
{
    /// <summary>Creates a model, or opens the one that exists with the same definition.</summary>
    /// <param name="name">The model's name.</param>
    /// <param name="spec">The definition.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">Conflict: the name is taken by another definition. InvalidRequest: name or definition cannot be used.</exception>
    public async Task<SupSupModel> CreateAsync(string name, ModelSpec spec, CancellationToken cancellationToken = default)
    {
        SupSupModel model = new(grains, GrainKeys.CheckModel(name));
        await grains.GetGrain<ICoordinatorGrain>(name).CreateAsync(spec, cancellationToken);
        return model;
    }

    /// <summary>Opens a model that exists.</summary>
    /// <param name="name">The model's name.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">NotFound: there is no such model.</exception>
    public async Task<SupSupModel> OpenAsync(string name, CancellationToken cancellationToken = default)
    {
        SupSupModel model = new(grains, GrainKeys.CheckModel(name));
        await grains.GetGrain<ICoordinatorGrain>(name).GetSpecAsync(cancellationToken);
        return model;
    }
}
