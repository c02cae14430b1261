using Orleans.Storage;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Storage;

/// <summary>
/// One stored record, read when it is first needed. What is being written is not told before it is durable. A read that
/// failed is tried again by the next. Used in grain turns only; changes wait for one another.
/// </summary>
/// <typeparam name="T">The stored type; a new one stands for a record that does not exist.</typeparam>
#pragma warning disable CA1001 // Semaphores without wait handles hold nothing.
internal sealed class GrainRecord<T>(GrainRecords records, string name, GrainId grain, Action? onConflict)
    where T : class, new()
{
    private readonly SemaphoreSlim _changing = new(1);
    private GrainState<T>? _stored;
    private Task<GrainState<T>>? _reading;

    /// <summary>The durable value, as far as it was read.</summary>
    public T Value => _stored?.State ?? new T();

    /// <summary>Whether there is a record, as far as it was read.</summary>
    public bool Exists => _stored?.RecordExists == true;

    /// <summary>Reads the record unless that was done.</summary>
    /// <returns>The durable value.</returns>
    /// <exception cref="SupSupException">Damaged or Unavailable.</exception>
    public async Task<T> ReadAsync() => (await StoredAsync()).State!;

    /// <summary>Makes a value durable.</summary>
    /// <exception cref="SupSupException">Damaged or Unavailable; the stored value is the old one, or, where
    /// the store's answer was lost, the new one.</exception>
    /// <exception cref="InconsistentStateException">Another activation wrote the record.</exception>
    public Task WriteAsync(T value) => ChangeAsync(
        "write",
        stored => new GrainState<T>(value, stored.ETag) { RecordExists = stored.RecordExists },
        (storage, next) => storage.WriteStateAsync(name, grain, next));

    /// <summary>Makes a value durable where there is no record, which is not read first.</summary>
    /// <returns>False: there is one, which is as it was, and can be read.</returns>
    /// <exception cref="SupSupException">Damaged or Unavailable; as of <see cref="WriteAsync"/>.</exception>
    public async Task<bool> TryCreateAsync(T value)
    {
        await _changing.WaitAsync();
        try
        {
            GrainState<T> next = new(value);
            await records.RunAsync(name, "write", storage => storage.WriteStateAsync(name, grain, next));
            _stored = next;
            return true;
        }
        catch (InconsistentStateException)
        {
            return false;
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Deletes the record, if there is one.</summary>
    /// <exception cref="SupSupException">Damaged or Unavailable.</exception>
    /// <exception cref="InconsistentStateException">Another activation wrote the record.</exception>
    public Task ClearAsync() => ChangeAsync(
        "clear",
        stored => stored.RecordExists ? new GrainState<T>(stored.State, stored.ETag) { RecordExists = true } : null,
        (storage, next) => storage.ClearStateAsync(name, grain, next));

    /// <summary>Lets go of the value; it is read again when it is needed.</summary>
    public void Release() => _stored = null;

    private async Task<GrainState<T>> StoredAsync()
    {
        if (_stored is { } stored) return stored;
        Task<GrainState<T>> reading = _reading ??= LoadAsync();
        try
        {
            GrainState<T> read = await reading;
            return _stored ??= read;
        }
        finally
        {
            if (_reading == reading) _reading = null;
        }
    }

    private async Task<GrainState<T>> LoadAsync()
    {
        GrainState<T> read = new(new T());
        await records.RunAsync(name, "read", storage => storage.ReadStateAsync(name, grain, read));
        read.State ??= new T();
        return read;
    }

    // A change that failed is followed by others with the ETag that it had: where it took place after all, or another
    // activation wrote meanwhile, they are refused. To read again first would take the other's ETag, and undo what it wrote.
    private async Task ChangeAsync(
        string operation, Func<GrainState<T>, GrainState<T>?> prepare, Func<IGrainStorage, GrainState<T>, Task> change)
    {
        await _changing.WaitAsync();
        try
        {
            if (prepare(await StoredAsync()) is not { } next) return;
            await records.RunAsync(name, operation, storage => change(storage, next));
            next.State ??= new T();
            _stored = next;
        }
        catch (InconsistentStateException)
        {
            onConflict?.Invoke();
            throw;
        }
        finally
        {
            _changing.Release();
        }
    }
}
