namespace SupSup.Grains.Interfaces;

/// <summary>
/// Stands on one silo, keyed `model/number of the silo`, and keeps the model's <see cref="IInferenceGrain"/> there ready, which can only be
/// asked where the caller is. Called by silos.
/// </summary>
[GrainInterfaceType("supsup.replica"), Alias("supsup.replica")]
public interface IReplicaGrain : IGrainWithStringKey
{
    /// <summary>Has the replica of the silo know the model, its tasks and their superposition.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="Models.SupSupException">NotFound: there is no such model. Unavailable: it cannot be made ready now.</exception>
    [Alias("ready")]
    Task ReadyAsync(CancellationToken cancellationToken);
}
