using Orleans.Storage;

namespace SupSup.Storage.Tests;

/// <summary>Every kind of record that the product stores, damaged in every way: it is noticed, and never written over.</summary>
public abstract class RecordKindTests
{
    protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>How many of a record's bytes are flipped, one after another.</summary>
    protected abstract int Flips { get; }

    /// <summary>Pairs of kinds, what lies there and what is looked for, that cannot be told apart by this store.</summary>
    protected virtual (string There, string Asked)[] Alike => [];

    protected abstract ValueTask<RunningStorage> StartAsync();

    /// <summary>All bytes of a record's file or blob.</summary>
    protected abstract Task<byte[]> BytesAsync(RecordKind record);

    /// <summary>Puts other bytes into a record's place, as rot does.</summary>
    protected abstract Task RotAsync(RecordKind record, byte[] bytes);

    /// <summary>Puts a record, as it is, in another one's place.</summary>
    protected abstract Task CopyAsync(RecordKind from, RecordKind to);

    [Fact]
    public void Given_the_kinds_that_are_stored_when_counted_then_each_is_tried_here() =>
        Assert.Equal(RecordKind.Known.Order(), RecordKind.All.Select(kind => kind.Name).Order());

    [Fact]
    public async Task Given_a_record_of_each_kind_in_the_place_of_each_other_when_read_then_it_is_damaged_and_never_read_as_that()
    {
        await using RunningStorage running = await StartAsync();
        foreach (RecordKind record in RecordKind.All) await record.WriteAsync(running.Storage);
        Dictionary<RecordKind, byte[]> whole = [];
        foreach (RecordKind record in RecordKind.All) whole[record] = await BytesAsync(record);
        List<(string, string)> unnoticed = [];
        foreach (RecordKind asked in RecordKind.All)
        {
            foreach (RecordKind there in RecordKind.All.Where(kind => kind != asked))
            {
                await CopyAsync(there, asked);
                if (await DamageAsync(running, asked) is not { } refused)
                {
                    unnoticed.Add((there.Name, asked.Name));
                    continue;
                }

                Assert.Contains($"{asked}.json", refused.Message, StringComparison.Ordinal);
                Assert.DoesNotContain('\n', refused.Message);
                await AssertKeptAsync(running, asked);
            }

            await RestoreAsync(asked, whole[asked]);
            await asked.ReadAsync(running.Storage);
        }

        Assert.Equal(string.Join(", ", Alike.Order()), string.Join(", ", unnoticed.Order()));
    }

    [Fact]
    public async Task Given_a_record_of_each_kind_when_cut_short_or_a_byte_of_it_flipped_then_it_is_damaged()
    {
        await using RunningStorage running = await StartAsync();
        foreach (RecordKind record in RecordKind.All)
        {
            await record.WriteAsync(running.Storage);
            byte[] whole = await BytesAsync(record);
            foreach (int length in new[] { 0, 1, 63, 64, 65, whole.Length / 2, whole.Length - 1 }.Where(length => length < whole.Length))
                await AssertDamagedAsync(running, record, whole[..length], $"cut to {length}");
            for (int n = 0; n < Flips; n++)
            {
                int at = (int)((long)n * whole.Length / Flips);
                byte[] flipped = [.. whole];
                flipped[at] ^= (byte)(1 << (n % 8));
                await AssertDamagedAsync(running, record, flipped, $"flipped at {at}");
            }

            await RestoreAsync(record, whole);
            await record.ReadAsync(running.Storage);
        }
    }

    /// <summary>Puts a record back as it was.</summary>
    protected virtual Task RestoreAsync(RecordKind record, byte[] bytes) => RotAsync(record, bytes);

    private async Task AssertDamagedAsync(RunningStorage running, RecordKind record, byte[] bytes, string how)
    {
        await RotAsync(record, bytes);
        Assert.True(await DamageAsync(running, record) is not null, $"{record} {how}");
        await AssertKeptAsync(running, record);
    }

    private static async Task<DamagedGrainStateException?> DamageAsync(RunningStorage running, RecordKind record)
    {
        try
        {
            await record.ReadAsync(running.Storage);
            return null;
        }
        catch (DamagedGrainStateException e)
        {
            return e;
        }
    }

    private async Task AssertKeptAsync(RunningStorage running, RecordKind record)
    {
        byte[] before = await BytesAsync(record);
        Exception? refused = await Record.ExceptionAsync(() => record.WriteAsync(running.Storage));
        Assert.True(refused is DamagedGrainStateException or InconsistentStateException, $"{record}: {refused}");
        Assert.Equal(before, await BytesAsync(record));
    }
}
