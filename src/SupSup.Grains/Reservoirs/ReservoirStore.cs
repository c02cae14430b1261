using System.Collections.Immutable;
using System.IO.Hashing;
using SupSup.Core.Reservoirs;
using SupSup.Grains.Compute;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Storage;

namespace SupSup.Grains.Reservoirs;

/// <summary>
/// The records of a model's reservoir: one that says what is stored, and the weights in parts, each named by its checksum so that none is
/// ever overwritten. To store a mask the new parts are noted, then written, and then the record names them in place of those before, all at
/// once; a crash in between leaves the reservoir as it was. Used in grain turns only.
/// </summary>
/// <param name="records">The store.</param>
/// <param name="grain">The reservoir grain.</param>
/// <param name="model">The model's name.</param>
/// <param name="compute">Threads for what takes long.</param>
/// <param name="onConflict">Ends the activation: what it knows is not what is stored.</param>
internal sealed class ReservoirStore(GrainRecords records, GrainId grain, string model, InferenceCompute compute, Action onConflict)
{
    private const int PartBytes = 4 << 20;

    private readonly GrainRecord<ReservoirState> _state = records.Open<ReservoirState>(StorageNames.Reservoir, grain, onConflict);

    /// <summary>What a part of the weights is called: its XXH128, hexadecimal.</summary>
    public static string PartName(ReadOnlySpan<byte> part) => Convert.ToHexStringLower(XxHash128.Hash(part));

    /// <summary>What is stored, without the weights.</summary>
    /// <exception cref="SupSupException">Damaged or Unavailable.</exception>
    public Task<ReservoirState> StateAsync() => _state.ReadAsync();

    /// <summary>Reads the reservoir.</summary>
    /// <param name="units">Units of each layer.</param>
    /// <exception cref="SupSupException">Damaged or Unavailable.</exception>
    public async Task<ReservoirContent> ReadAsync(ImmutableArray<int> units)
    {
        ReservoirState state = await _state.ReadAsync();
        if (state.Masks.IsEmpty) return new([.. units.Select(static count => new Reservoir(count, ReservoirContent.Rule))], []);
        List<Reservoir> layers = [];
        int part = 0;
        foreach (int count in units)
        {
            byte[] saved = new byte[Reservoir.SizeOf(count)];
            for (int start = 0; start < saved.Length; start += PartBytes)
                (await PartAsync(state.Parts.ElementAtOrDefault(part++), Math.Min(PartBytes, saved.Length - start))).CopyTo(saved, start);
            layers.Add(await compute.RunAsync(
                () => Reservoir.Load(saved, count, ReservoirContent.Rule, state.Masks.Length), CancellationToken.None));
        }

        return new([.. layers], state.Masks);
    }

    /// <summary>Stores one mask more.</summary>
    /// <param name="content">What is stored, as it was read.</param>
    /// <param name="mask">The mask.</param>
    /// <param name="known">What is kept of it.</param>
    /// <returns>What is stored then.</returns>
    /// <exception cref="SupSupException">Damaged or Unavailable.</exception>
    public async Task<ReservoirContent> AddAsync(ReservoirContent content, GainMask mask, ReservoirMask known)
    {
        // What is in memory is read back from what is written, so that a restart changes no bit.
        (ImmutableArray<Reservoir> layers, byte[][] parts) =
            await compute.RunAsync(() => Added(content.Layers, mask), CancellationToken.None);
        string[] names = [.. parts.Select(static part => PartName(part))];
        ReservoirState state = await _state.ReadAsync();

        // First the record, which only an activation that knows its latest state can write: so none deletes what is another's.
        await _state.WriteAsync(state with { Leftovers = [.. state.Leftovers.Union(names.Except(state.Parts))] });
        await DeleteAsync(state.Leftovers.Except(names));
        foreach ((string name, byte[] part) in names.Zip(parts)) await Part(name).WriteAsync(new() { Content = part });
        await _state.WriteAsync(new()
        {
            Masks = [.. content.Masks, known],
            Parts = [.. names],
            Leftovers = [.. state.Parts.Except(names)],
        });
        return new(layers, _state.Value.Masks);
    }

    /// <summary>Deletes parts that are of no use any more, as far as the store answers: the next mask deletes the others.</summary>
    public async Task CleanAsync()
    {
        try
        {
            await DeleteAsync((await _state.ReadAsync()).Leftovers);
        }
        catch (SupSupException)
        {
        }
    }

    /// <summary>Deletes all that is stored. What is damaged cannot be deleted, and stays where no one looks for it.</summary>
    /// <exception cref="SupSupException">Unavailable.</exception>
    public Task DeleteAsync() => DeleteAsync(async () =>
    {
        ReservoirState state = await _state.ReadAsync();
        await DeleteAsync(state.Leftovers.Union(state.Parts));
        await _state.ClearAsync();
    });

    private static (ImmutableArray<Reservoir> Layers, byte[][] Parts) Added(ImmutableArray<Reservoir> layers, GainMask mask)
    {
        List<byte[]> parts = [];
        ImmutableArray<Reservoir> next = [.. layers.Select((layer, l) =>
        {
            Reservoir copy = Reservoir.Load(layer.Save(), layer.Units, layer.Rule, layer.Stored);
            copy.Store(mask.Signs(l));
            byte[] saved = copy.Save();
            parts.AddRange(saved.Chunk(PartBytes));
            return Reservoir.Load(saved, copy.Units, copy.Rule, copy.Stored);
        })];
        return (next, [.. parts]);
    }

    private async Task<byte[]> PartAsync(string? name, int bytes)
    {
        byte[] content = name is null ? [] : (await Part(name).ReadAsync()).Content;
        return content.Length == bytes && PartName(content) == name ? content : throw new SupSupException(
            SupSupError.Damaged,
            $"a stored part of the reservoir of model '{model}' is {(content.Length == 0 ? "missing" : "damaged")}; restore it from a "
                + "backup, or delete the model and learn its tasks again");
    }

    private async Task DeleteAsync(IEnumerable<string> parts)
    {
        foreach (string name in parts) await DeleteAsync(Part(name).ClearAsync);
    }

    private static async Task DeleteAsync(Func<Task> delete)
    {
        try
        {
            await delete();
        }
        catch (SupSupException e) when (e.Error == SupSupError.Damaged)
        {
        }
    }

    private GrainRecord<ReservoirPartState> Part(string name) =>
        records.Open<ReservoirPartState>(StorageNames.ReservoirPart, GainKey(name));

    private GrainId GainKey(string name) => GrainId.Create("reservoir", $"{model}/{name}");
}
