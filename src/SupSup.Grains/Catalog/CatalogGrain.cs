using System.Collections.Immutable;
using Orleans.Concurrency;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Storage;
using Entries = System.Collections.Immutable.ImmutableSortedDictionary<string, SupSup.Grains.Interfaces.Models.CatalogEntry>;

namespace SupSup.Grains.Catalog;

/// <summary>The list of all models. Reentrant: entries share writes.</summary>
[GrainType("catalog"), Reentrant]
public sealed class CatalogGrain : Grain, ICatalogGrain
{
    private static readonly TimeSpan AdmittedFor = TimeSpan.FromMinutes(1);

    private readonly GrainRecord<CatalogState> _record;
    private readonly List<Func<Entries, Entries>> _waiting = [];

    // Models that are being made, and since when: they have their place before they are entered.
    private readonly Dictionary<string, long> _admitted = new(StringComparer.Ordinal);
    private readonly TimeProvider _time;
    private Entries? _models;
    private readonly SharedWrite _writes;
    private long _changes;
    private long _durableChanges;

    /// <summary>Created by Orleans.</summary>
    public CatalogGrain(IGrainContext context, GrainRecords records, TimeProvider time)
    {
        _time = time;
        _record = records.Open<CatalogState>(StorageNames.Catalog, context.GrainId, DeactivateOnIdle);
        _writes = new SharedWrite(WriteAsync);
    }

    /// <inheritdoc/>
    public async Task AdmitModelAsync(string model, int most, CancellationToken cancellationToken)
    {
        GrainKeys.CheckModel(model);
        await OpenAsync();
        foreach (string other in _admitted.Keys.ToArray())
            if (_time.GetElapsedTime(_admitted[other]) > AdmittedFor) _admitted.Remove(other);
        if (_models!.ContainsKey(model)) return;
        if (_models.Count + _admitted.Keys.Count(other => other != model && !_models.ContainsKey(other)) >= most)
            throw new SupSupException(
                SupSupError.Conflict,
                $"model '{model}' cannot be made: the service has the {most:N0} models that it may have (Limits:Models); delete one, or "
                    + "have the limit raised");
        _admitted[model] = _time.GetTimestamp();
    }

    /// <inheritdoc/>
    public async Task AddModelAsync(string model, CancellationToken cancellationToken)
    {
        GrainKeys.CheckModel(model);
        await ChangeAsync(
            models => models.ContainsKey(model), models => models.ContainsKey(model) ? models : models.Add(model, new(model, [])),
            cancellationToken);
        _admitted.Remove(model);
    }

    /// <inheritdoc/>
    public Task AddStreamAsync(string model, string stream, CancellationToken cancellationToken)
    {
        GrainKeys.Stream(model, stream);
        return ChangeAsync(
            models => models.TryGetValue(model, out CatalogEntry? entry) && entry.Streams.Contains(stream),
            models =>
            {
                CatalogEntry entry = models.GetValueOrDefault(model) ?? new(model, []);
                return models.SetItem(
                    model, entry with { Streams = [.. entry.Streams.Append(stream).Distinct().Order(StringComparer.Ordinal)] });
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public async Task RenameModelAsync(string model, string name, CancellationToken cancellationToken)
    {
        GrainKeys.CheckModel(name);
        await OpenAsync();
        string key = Named(_models!, model)?.Model
            ?? throw new SupSupException(SupSupError.NotFound, $"there is no model '{model}'");
        await ChangeAsync(
            models => models.TryGetValue(key, out CatalogEntry? entry) && entry.Name == name,
            models => !models.TryGetValue(key, out CatalogEntry? entry) || Named(models, name) is { } other && other.Model != key
                ? models
                : models.SetItem(key, entry with { Names = [.. entry.Names.Where(former => former != name), name] }),
            cancellationToken,
            models => Named(models, name) is { } other && other.Model != key
                ? new SupSupException(SupSupError.Conflict, $"model '{other.Model}' is called '{name}', or was; choose another name")
                : models.ContainsKey(key) ? null : new SupSupException(SupSupError.NotFound, $"model '{model}' was deleted"));
    }

    /// <inheritdoc/>
    public Task RemoveModelAsync(string model, CancellationToken cancellationToken) =>
        ChangeAsync(models => !models.ContainsKey(model), models => models.Remove(model), cancellationToken);

    /// <inheritdoc/>
    public async Task<ImmutableArray<CatalogEntry>> ListAsync(CancellationToken cancellationToken)
    {
        await OpenAsync();
        return [.. _models!.Values];
    }

    // A name that a model was made with comes before those that were given later.
    private static CatalogEntry? Named(Entries models, string name) =>
        models.GetValueOrDefault(name) ?? models.Values.FirstOrDefault(entry => entry.Answers(name));

    private async Task ChangeAsync(
        Func<Entries, bool> isDone,
        Func<Entries, Entries> change,
        CancellationToken cancellationToken,
        Func<Entries, SupSupException?>? refuse = null)
    {
        await OpenAsync();
        if (isDone(_models!)) return;
        if (refuse?.Invoke(_models!) is { } refused) throw refused;
        _waiting.Add(change);
        long mine = ++_changes;
        await _writes.UntilAsync(() => _durableChanges >= mine, cancellationToken);
        if (!isDone(_models!) && refuse?.Invoke(_models!) is { } late) throw late;
    }

    private async Task OpenAsync()
    {
        if (_models is not null) return;
        CatalogState state = await _record.ReadAsync();
        _models ??= state.Models.ToImmutableSortedDictionary(entry => entry.Model, entry => entry, StringComparer.Ordinal);
    }

    private async Task WriteAsync()
    {
        Entries next = _waiting.Aggregate(_models!, (models, change) => change(models));
        _waiting.Clear();
        long covered = _changes;
        await _record.WriteAsync(new CatalogState { Models = [.. next.Values] });
        (_models, _durableChanges) = (next, covered);
    }
}
