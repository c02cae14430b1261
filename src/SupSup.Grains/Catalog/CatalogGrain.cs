using System.Collections.Immutable;
using Orleans.Concurrency;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Storage;

namespace SupSup.Grains.Catalog;

/// <summary>The list of all models. Reentrant: entries share writes.</summary>
[GrainType("catalog"), Reentrant]
public sealed class CatalogGrain : Grain, ICatalogGrain
{
    private readonly GrainRecord<CatalogState> _record;
    private readonly HashSet<(string Model, string? Stream)> _waiting = [];
    private ImmutableSortedDictionary<string, ImmutableSortedSet<string>>? _models;
    private readonly SharedWrite _writes;

    /// <summary>Created by Orleans.</summary>
    public CatalogGrain(IGrainContext context, GrainRecords records)
    {
        _record = records.Open<CatalogState>(StorageNames.Catalog, context.GrainId, DeactivateOnIdle);
        _writes = new SharedWrite(WriteAsync);
    }

    /// <inheritdoc/>
    public Task AddModelAsync(string model, CancellationToken cancellationToken) =>
        AddAsync(GrainKeys.CheckModel(model), null, cancellationToken);

    /// <inheritdoc/>
    public Task AddStreamAsync(string model, string stream, CancellationToken cancellationToken)
    {
        GrainKeys.Stream(model, stream);
        return AddAsync(model, stream, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<ImmutableArray<CatalogEntry>> ListAsync(CancellationToken cancellationToken)
    {
        await OpenAsync();
        return Entries(_models!);
    }

    private static ImmutableArray<CatalogEntry> Entries(ImmutableSortedDictionary<string, ImmutableSortedSet<string>> models) =>
        [.. models.Select(model => new CatalogEntry(model.Key, [.. model.Value]))];

    private async Task AddAsync(string model, string? stream, CancellationToken cancellationToken)
    {
        await OpenAsync();
        if (Has(model, stream)) return;
        _waiting.Add((model, stream));
        await _writes.UntilAsync(() => Has(model, stream), cancellationToken);
    }

    private bool Has(string model, string? stream) =>
        _models!.TryGetValue(model, out ImmutableSortedSet<string>? streams) && (stream is null || streams.Contains(stream));

    private async Task OpenAsync()
    {
        if (_models is not null) return;
        CatalogState state = await _record.ReadAsync();
        _models ??= state.Models.ToImmutableSortedDictionary(
            entry => entry.Model, entry => entry.Streams.ToImmutableSortedSet(StringComparer.Ordinal), StringComparer.Ordinal);
    }

    private async Task WriteAsync()
    {
        ImmutableSortedDictionary<string, ImmutableSortedSet<string>> next = _models!;
        foreach ((string model, string? stream) in _waiting)
        {
            ImmutableSortedSet<string> streams = next.TryGetValue(model, out ImmutableSortedSet<string>? known)
                ? known
                : ImmutableSortedSet.Create<string>(StringComparer.Ordinal);
            next = next.SetItem(model, stream is null ? streams : streams.Add(stream));
        }

        _waiting.Clear();
        await _record.WriteAsync(new CatalogState { Models = Entries(next) });
        _models = next;
    }
}
