using System.Collections.Immutable;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Interfaces;

/// <summary>
/// The list of all models, one per service, keyed <see cref="GrainKeys.Catalog"/>: coordinators and streams enter themselves, so
/// that what exists can be found without knowing its name. It is no authority: a model that it lacks exists all the same.
/// </summary>
[GrainInterfaceType("supsup.catalog"), Alias("supsup.catalog")]
public interface ICatalogGrain : IGrainWithStringKey
{
    /// <summary>Sets room aside, for a minute, for a model that is about to be made; repeating it is harmless. Called by its
    /// coordinator.</summary>
    /// <param name="model">The name that it is made with.</param>
    /// <param name="most">How many models there may be.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">Conflict: there are as many. Damaged or Unavailable: the list cannot be read.</exception>
    [Alias("admit")]
    Task AdmitModelAsync(string model, int most, CancellationToken cancellationToken);

    /// <summary>Enters a model; repeating it is harmless, and costs no write. Durable when it returns.</summary>
    /// <param name="model">The model's name.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">InvalidRequest: a name cannot be used. Damaged or Unavailable: the
    /// store failed; enter it again.</exception>
    [Alias("model")]
    Task AddModelAsync(string model, CancellationToken cancellationToken);

    /// <summary>Enters a stream, and its model; repeating it is harmless, and costs no write. Durable when it returns.</summary>
    /// <param name="model">The model's name.</param>
    /// <param name="stream">The stream's name within the model.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">InvalidRequest: a name cannot be used. Damaged or Unavailable: the
    /// store failed; enter it again.</exception>
    [Alias("stream")]
    Task AddStreamAsync(string model, string stream, CancellationToken cancellationToken);

    /// <summary>Gives a model another name for people: it is stored under the one that it was made with, and found by both. Durable when it
    /// returns; repeating it is harmless.</summary>
    /// <param name="model">A name of the model.</param>
    /// <param name="name">The new one, of the same form.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">NotFound: there is no such model. InvalidRequest: the name cannot be used. Conflict: another model
    /// is called so. Damaged or Unavailable: the store failed.</exception>
    [Alias("rename")]
    Task RenameModelAsync(string model, string name, CancellationToken cancellationToken);

    /// <summary>Takes a model out, with its streams. Called by its coordinator; repeating it is harmless.</summary>
    /// <param name="model">The name that it was made with.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">Damaged or Unavailable: the store failed.</exception>
    [Alias("remove-model")]
    Task RemoveModelAsync(string model, CancellationToken cancellationToken);

    /// <summary>The durable entries by name, in the order of the characters' codes, each with its streams.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">Damaged or Unavailable: the list cannot be read.</exception>
    [Alias("list")]
    Task<ImmutableArray<CatalogEntry>> ListAsync(CancellationToken cancellationToken);
}
