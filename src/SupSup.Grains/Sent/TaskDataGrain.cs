using System.Collections.Immutable;
using System.Security.Cryptography;
using Orleans.Placement;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Storage;

namespace SupSup.Grains.Sent;

/// <summary>The data that were sent for a task. Not reentrant: parts come one after another.</summary>
[GrainType("sent-data"), PreferLocalPlacement, CollectionAgeLimit(Minutes = 2)]
public sealed class TaskDataGrain : Grain, ITaskDataGrain
{
    private readonly GrainRecord<SentDataState> _record;
    private readonly SentParts _parts;
    private readonly string _model;
    private readonly int _task;

    /// <summary>Created by Orleans.</summary>
    public TaskDataGrain(IGrainContext context, GrainRecords records)
    {
        string key = context.GrainId.Key.ToString()!;
        (_model, _task) = GrainKeys.Split(key);
        _record = records.Open<SentDataState>(StorageNames.SentData, context.GrainId, DeactivateOnIdle);
        _parts = new SentParts(records, key);
    }

    private ICoordinatorGrain Coordinator => GrainFactory.Coordinator(_model);

    private string Name => $"{_model}/{_task}";

    /// <inheritdoc/>
    public async Task<SentPart> PutPartAsync(int number, byte[] content, CancellationToken cancellationToken)
    {
        if (number is < 0 or >= SentDataLimits.Parts)
            throw Invalid($"part {number} is invalid; parts are numbered from 0 to {SentDataLimits.Parts - 1}");
        if (content.Length is < 1 or > SentDataLimits.PartBytes)
            throw Invalid($"part {number} has {content.Length:N0} bytes; a part has 1 to {SentDataLimits.PartBytes:N0}");
        SentPart part = new(SentParts.Checksum(content), content.Length);
        SentDataState state = await _record.ReadAsync();
        SentDataState next = state.Then(state with { Draft = state.Draft.SetItem(number, part) });
        await Coordinator.ReserveDataAsync(_task, Bytes(next), cancellationToken);
        if (state.Draft.GetValueOrDefault(number) != part) await _record.WriteAsync(next);
        await _parts.WriteAsync(part, content);
        await SweepAsync();
        return part;
    }

    /// <inheritdoc/>
    public async Task<SentData> CompleteAsync(int parts, string checksum, string ending, CancellationToken cancellationToken)
    {
        if (parts is < 1 or > SentDataLimits.Parts) throw Invalid($"{parts} parts are invalid; there are 1 to {SentDataLimits.Parts}");
        SentDataState state = await _record.ReadAsync();
        await Coordinator.GetSpecAsync(cancellationToken);
        if (state.Data is { } present && present.Checksum.Equals(checksum, StringComparison.OrdinalIgnoreCase) && present.Ending == ending
            && !state.Draft.ContainsKey(0))
            return present;
        if (Enumerable.Range(0, parts).Where(number => !state.Draft.ContainsKey(number)).ToArray() is [var missing, ..])
            throw Invalid($"part {missing} of the data of task {Name} is missing; send it, then complete");
        ImmutableArray<SentPart> all = [.. Enumerable.Range(0, parts).Select(number => state.Draft[number])];
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (SentPart part in all) hash.AppendData(await _parts.ReadAsync(part));
        string found = Convert.ToHexStringLower(hash.GetHashAndReset());
        if (!found.Equals(checksum, StringComparison.OrdinalIgnoreCase))
            throw Invalid(
                $"the {parts} parts of the data of task {Name} have the SHA-256 {found}, not {checksum}; compare the parts' checksums, and "
                    + "send those again that differ");
        SentData data = new()
        {
            Dataset = SentDataLimits.NameOf(_model, _task),
            Ending = ending,
            Bytes = all.Sum(part => (long)part.Bytes),
            Checksum = found,
            Parts = all,
        };
        await _record.WriteAsync(state.Then(new SentDataState { Data = data }));
        await SweepAsync();
        await Coordinator.ReserveDataAsync(_task, Bytes(_record.Value), cancellationToken);
        return data;
    }

    /// <inheritdoc/>
    public async Task<SentData?> DescribeAsync(CancellationToken cancellationToken) => (await _record.ReadAsync()).Data;

    /// <inheritdoc/>
    public async Task DiscardDraftAsync(CancellationToken cancellationToken)
    {
        SentDataState state = await _record.ReadAsync();
        if (state.Draft.IsEmpty) return;
        await _record.WriteAsync(state.Then(new SentDataState { Data = state.Data }));
        await SweepAsync();
        await Coordinator.ReserveDataAsync(_task, Bytes(_record.Value), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task DeleteAsync(CancellationToken cancellationToken)
    {
        try
        {
            SentDataState state = await _record.ReadAsync();
            if (state.Used.Count > 0) await _record.WriteAsync(state.Then(new SentDataState()));
            await SweepAsync();
        }
        catch (SupSupException e) when (e.Error == SupSupError.Damaged)
        {
            // What is damaged cannot be deleted, and stays.
        }

        await Coordinator.ReserveDataAsync(_task, 0, cancellationToken);
        if (_record.Exists) await _record.ClearAsync();
    }

    // Deletes what is of no use any more; should a crash come in between, that is still noted.
    private async Task SweepAsync()
    {
        SentDataState state = _record.Value;
        if (state.Leftovers.IsEmpty) return;
        foreach (string checksum in state.Leftovers) await _parts.DeleteAsync(checksum);
        await _record.WriteAsync(state with { Leftovers = [] });
    }

    private static long Bytes(SentDataState state) => state.Used.Values.Sum(part => (long)part.Bytes);

    private static SupSupException Invalid(string message) => new(SupSupError.InvalidRequest, message);
}
