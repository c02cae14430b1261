namespace SupSup.Storage;

/// <summary>
/// All records of a store, whatever they mean: for whoever copies them. A record is one by its place, the name of its file or blob below
/// the container. Thread-safe for calls on different records.
/// </summary>
public abstract class RecordContainer : IAsyncDisposable
{
    /// <summary>Every place of a record ends so.</summary>
    protected const string Suffix = ".json";

    /// <summary>The container as messages name it; it holds no secret.</summary>
    public abstract string Location { get; }

    /// <summary>The place of a record.</summary>
    /// <param name="record">The record's name.</param>
    public abstract string PlaceOf(RecordName record);

    /// <summary>The last part of the keys "prefix/part" of a state, in no order.</summary>
    /// <param name="state">State name.</param>
    /// <param name="type">Grain type.</param>
    /// <param name="prefix">The key's parts before it; empty for keys of one part.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    /// <exception cref="GrainStorageIOException">The store does not answer.</exception>
    public async Task<List<string>> ListAsync(string state, string type, string prefix, CancellationToken cancellationToken)
    {
        const string Any = "x";
        string below = PlaceOf(new RecordName(state, type, prefix.Length == 0 ? Any : $"{prefix}/{Any}"))[..^(Any.Length + Suffix.Length)];
        List<string> parts = [];
        await foreach (string place in PlacesAsync(below, cancellationToken))
        {
            string part = place[below.Length..^Suffix.Length];
            if (!part.Contains('/', StringComparison.Ordinal)) parts.Add(part);
        }

        return parts;
    }

    /// <summary>The places of all records that begin so.</summary>
    /// <param name="prefix">The beginning, which ends with a slash; empty for all.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    /// <exception cref="GrainStorageIOException">The store does not answer.</exception>
    public abstract IAsyncEnumerable<string> PlacesAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>Reads a record, and checks it against its checksum.</summary>
    /// <param name="place">Its place.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Null where there is none, or it holds no state.</returns>
    /// <exception cref="DamagedGrainStateException">It is not what was written.</exception>
    /// <exception cref="GrainStorageIOException">The store does not answer.</exception>
    public abstract Task<StoredRecord?> ReadAsync(string place, CancellationToken cancellationToken);

    /// <summary>The ETag of a record; null where there is none.</summary>
    /// <param name="place">Its place.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="DamagedGrainStateException">It has none that can be read.</exception>
    /// <exception cref="GrainStorageIOException">The store does not answer.</exception>
    public abstract Task<string?> ETagAsync(string place, CancellationToken cancellationToken);

    /// <summary>Writes a record, whatever is there.</summary>
    /// <param name="place">Its place.</param>
    /// <param name="payload">What the serializer wrote.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="GrainStorageIOException">The store refused, or does not answer.</exception>
    public abstract Task WriteAsync(string place, byte[] payload, CancellationToken cancellationToken);

    /// <summary>Deletes a record, if it is there.</summary>
    /// <param name="place">Its place.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="GrainStorageIOException">The store refused, or does not answer.</exception>
    public abstract Task DeleteAsync(string place, CancellationToken cancellationToken);

    /// <summary>Lets go of the store.</summary>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}
