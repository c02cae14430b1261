using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Telemetry;

namespace SupSup.Grains.Storage;

/// <summary>
/// One per silo: opens stored records. Used in place of Orleans' persistent state, which reads every record of a grain when
/// it is activated, and fails the activation, in words that not every client can receive, when one of them is damaged.
/// </summary>
/// <param name="services">The silo's services.</param>
public sealed class GrainRecords(IServiceProvider services)
{
    private readonly Lazy<IGrainStorage> _storage = new(() => services.GetRequiredKeyedService<IGrainStorage>(StorageNames.Provider));
    private readonly StorageDamage? _damage = services.GetService<StorageDamage>();
    private readonly StorageMetrics? _metrics = services.GetService<StorageMetrics>();

    /// <summary>A record; nothing is read yet.</summary>
    /// <param name="state">State name, see <see cref="StorageNames"/>.</param>
    /// <param name="grain">Whose it is.</param>
    /// <param name="onConflict">Called when another activation turns out to have written the record.</param>
    internal GrainRecord<T> Open<T>(string state, GrainId grain, Action? onConflict = null)
        where T : class, new() => new(this, state, grain, onConflict);

    /// <summary>Runs a storage operation, and turns its failures into errors that every client knows.</summary>
    /// <param name="state">State name.</param>
    /// <param name="name">What it does: "read", "write" or "clear".</param>
    /// <param name="operation">The operation.</param>
    /// <exception cref="SupSupException">Damaged: the record cannot be read. Unavailable: the store failed;
    /// the message is the store's.</exception>
    /// <exception cref="InconsistentStateException">Another activation wrote; comes through, since Orleans
    /// ends this one for it.</exception>
    internal async Task RunAsync(string state, string name, Func<IGrainStorage, Task> operation)
    {
        long start = Stopwatch.GetTimestamp();
        string outcome = "failed";
        try
        {
            await operation(_storage.Value);
            outcome = "done";
        }
        catch (InconsistentStateException)
        {
            outcome = "conflict";
            throw;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new SupSupException(
                _damage?.IsDamage(e) == true ? SupSupError.Damaged : SupSupError.Unavailable, e.Message.ReplaceLineEndings(" "));
        }
        finally
        {
            _metrics?.Done(state, name, outcome, Stopwatch.GetElapsedTime(start));
        }
    }
}
