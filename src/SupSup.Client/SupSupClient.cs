using System.Collections.Immutable;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Client;

/// <summary>
/// The entry point of applications: models on a cluster, by name. Get one from <see cref="SupSupConnection"/> or
/// <see cref="ServiceRegistration"/>; all calls are repeated after faults that pass, as <see cref="RetryOptions"/> say.
/// Thread-safe.
/// </summary>
public sealed class SupSupClient
{
    private readonly IGrainFactory _grains;
    private readonly Retrier _retrier;

    /// <summary>Uses a connection that the caller keeps.</summary>
    /// <param name="grains">A connected cluster client, or the grain factory of a silo in this process.</param>
    /// <param name="retry">How calls are repeated; null makes each once, as suits a silo that shares this process's fate.</param>
    public SupSupClient(IGrainFactory grains, RetryOptions? retry = null)
        : this(grains, new Retrier(retry ?? RetryOptions.Off))
    {
    }

    internal SupSupClient(IGrainFactory grains, Retrier retrier)
    {
        _grains = grains;
        _retrier = retrier;
    }

    /// <summary>Creates a model, or opens the one that exists with the same definition.</summary>
    /// <param name="name">The model's name.</param>
    /// <param name="spec">The definition.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">Conflict: the name is taken by another definition. InvalidRequest:
    /// name or definition cannot be used.</exception>
    public async Task<SupSupModel> CreateAsync(string name, ModelSpec spec, CancellationToken cancellationToken = default)
    {
        SupSupModel model = new(_grains, _retrier, GrainKeys.CheckModel(name));
        await _retrier.RunAsync(
            $"create model {name}", token => _grains.Coordinator(name).CreateAsync(spec, token), cancellationToken);
        return model;
    }

    /// <summary>Deletes a model, its tasks, data and streams. From the beginning on there is no such model for anyone; the name can be used
    /// again when it returns. Repeating it is harmless.</summary>
    /// <param name="name">The name that it was made with.</param>
    /// <param name="cancellationToken">Ends the wait; the deletion goes on.</param>
    /// <exception cref="SupSupException">NotFound: there never was such a model.</exception>
    public Task DeleteAsync(string name, CancellationToken cancellationToken = default) =>
        _retrier.RunAsync($"delete model {name}", token => _grains.Coordinator(name).DeleteAsync(token), cancellationToken);

    /// <summary>Opens a model that exists.</summary>
    /// <param name="name">The model's name.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">NotFound: there is no such model.</exception>
    public async Task<SupSupModel> OpenAsync(string name, CancellationToken cancellationToken = default)
    {
        SupSupModel model = new(_grains, _retrier, GrainKeys.CheckModel(name));
        await _retrier.RunAsync(
            $"open model {name}", token => _grains.Coordinator(name).GetSpecAsync(token), cancellationToken);
        return model;
    }

    /// <summary>Every model by name, each with the names of its streams without task identity.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">Damaged or Unavailable: the list cannot be read; models can be
    /// opened by name all the same.</exception>
    public Task<ImmutableArray<CatalogEntry>> ListModelsAsync(CancellationToken cancellationToken = default) =>
        _retrier.RunAsync("list models", _grains.Catalog().ListAsync, cancellationToken);
}
