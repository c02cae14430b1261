using Orleans.Storage;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Storage;

/// <summary>
/// One stored record, read when it is first needed. What is being written is not told before it is durable. A read that
/// failed is tried again by the next. Used in grain turns only; one write at a time.
/// </summary>
/// <typeparam name="T">The stored type; a new one stands for a record that does not exist.</typeparam>
internal sealed class GrainRecord<T>
    where T : class, new()
{
    private readonly GrainRecords _records;
    private readonly string _name;
    private readonly GrainId _grain;
    private readonly Action? _onConflict;
    private GrainState<T>? _stored;
    private Task<GrainState<T>>? _reading;

    public GrainRecord(GrainRecords records, string name, GrainId grain, Action? onConflict)
    {
        _records = records;
        _name = name;
        _grain = grain;
        _onConflict = onConflict;
    }

    /// <summary>The durable value, as far as it was read.</summary>
    public T Value => _stored?.State ?? new T();

    /// <summary>Whether there is a record, as far as it was read.</summary>
    public bool Exists => _stored?.RecordExists == true;

    /// <summary>Reads the record unless that was done.</summary>
    /// <returns>The durable value.</returns>
    /// <exception cref="SupSupException">Damaged or Unavailable.</exception>
    public async Task<T> ReadAsync() => (await StoredAsync()).State!;

    /// <summary>Makes a value durable.</summary>
    /// <exception cref="SupSupException">Damaged or Unavailable; the stored value is the old one, or, where the store's answer was lost, the new one.</exception>
    /// <exception cref="InconsistentStateException">Another activation wrote the record.</exception>
    public async Task WriteAsync(T value)
    {
        GrainState<T> stored = await StoredAsync();
        await ChangeAsync(new GrainState<T>(value, stored.ETag) { RecordExists = stored.RecordExists }, (storage, next) => storage.WriteStateAsync(_name, _grain, next));
    }

    /// <summary>Deletes the record, if there is one.</summary>
    /// <exception cref="SupSupException">Damaged or Unavailable.</exception>
    /// <exception cref="InconsistentStateException">Another activation wrote the record.</exception>
    public async Task ClearAsync()
    {
        GrainState<T> stored = await StoredAsync();
        if (!stored.RecordExists) return;
        await ChangeAsync(new GrainState<T>(stored.State, stored.ETag) { RecordExists = true }, (storage, next) => storage.ClearStateAsync(_name, _grain, next));
    }

    /// <summary>Lets go of the value; it is read again when it is needed.</summary>
    public void Release() => _stored = null;

    private async Task<GrainState<T>> StoredAsync()
    {
        if (_stored is { } stored) return stored;
        Task<GrainState<T>> reading = _reading ??= LoadAsync();
        try
        {
            return _stored = await reading;
        }
        finally
        {
            if (_reading == reading) _reading = null;
        }
    }

    private async Task<GrainState<T>> LoadAsync()
    {
        GrainState<T> read = new(new T());
        await _records.RunAsync(storage => storage.ReadStateAsync(_name, _grain, read));
        read.State ??= new T();
        return read;
    }

    private async Task ChangeAsync(GrainState<T> next, Func<IGrainStorage, GrainState<T>, Task> change)
    {
        try
        {
            await _records.RunAsync(storage => change(storage, next));
            next.State ??= new T();
            _stored = next;
        }
        catch (InconsistentStateException)
        {
            _onConflict?.Invoke();
            throw;
        }
        catch
        {
            // The store may have done it all the same: look before the next change.
            _stored = null;
            throw;
        }
    }
}
