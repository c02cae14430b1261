using Orleans.Storage;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains;

/// <summary>Turns a store's failures into errors that every client knows.</summary>
internal static class StorageErrors
{
    /// <summary>Runs a storage operation.</summary>
    /// <exception cref="SupSupException">Unavailable: the store failed; the message is the store's.</exception>
    /// <exception cref="InconsistentStateException">Another activation wrote; comes through, since Orleans ends this one for it.</exception>
    public static async Task NamedAsync(Func<Task> operation)
    {
        try
        {
            await operation();
        }
        catch (Exception e) when (e is not (InconsistentStateException or OperationCanceledException))
        {
            throw new SupSupException(SupSupError.Unavailable, e.Message);
        }
    }
}
