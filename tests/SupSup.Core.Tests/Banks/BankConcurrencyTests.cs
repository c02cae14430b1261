using System.Buffers.Binary;
using SupSup.Core.Banks;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;

namespace SupSup.Core.Tests.Banks;

public sealed class BankConcurrencyTests
{
    private const int Readers = 3;
    private const int Rounds = 15;
    private const int ChangesBetween = 10;
    private const int SeedsPerSlot = 100_000;

    private static readonly FixedNetwork Network = BankData.Network("40-30-25");
    private static readonly RankOneFactors Factors = BankData.Factors(Network.Shape, 2, 1, 0.8);

    [Fact]
    public async Task Given_a_bank_that_is_written_without_pause_when_others_read_snapshots_then_answers_stay_those_of_the_snapshot()
    {
        MaskBank bank = new(Network);
        bank.Put([.. Enumerable.Range(0, 20).Select(slot => KeyValuePair.Create(slot, Mask(slot * SeedsPerSlot)))]);
        using CancellationTokenSource done = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        int changes = 0;
        Task writer = OnItsOwnThread(() => Write(bank, ref changes, done.Token));
        Task[] readers = [.. Enumerable.Range(0, Readers).Select(_ => OnItsOwnThread(() => Read(bank, ref changes, writer)))];

        try
        {
            await Task.WhenAll(readers);
        }
        finally
        {
            await done.CancelAsync();
            await writer;
        }

        Assert.True(changes >= Rounds * ChangesBetween);
    }

    private static Task OnItsOwnThread(Action body) =>
        Task.Factory.StartNew(body, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static void Write(MaskBank bank, ref int changes, CancellationToken stop)
    {
        var random = new System.Random(1);
        for (int version = 1; !stop.IsCancellationRequested; version++)
        {
            int slot = random.Next(40);
            switch (random.Next(4))
            {
                case 0:
                    bank.Remove(slot);
                    break;
                case 1:
                    bank.Put([.. Enumerable.Range(0, 5).Select(n => (slot + n) % 40)
                        .Select(each => KeyValuePair.Create(each, Mask((each * SeedsPerSlot) + (version % SeedsPerSlot))))]);
                    break;
                default:
                    bank.Put(slot, Mask((slot * SeedsPerSlot) + (version % SeedsPerSlot)));
                    break;
            }

            Interlocked.Increment(ref changes);
        }
    }

    private static void Read(MaskBank bank, ref int changes, Task writer)
    {
        using MaskRunner runner = new(Network);
        for (int round = 0; round < Rounds; round++)
        {
            BankSnapshot snapshot = bank.Snapshot;
            Answers first = Answers.Of(snapshot, runner);
            int until = Volatile.Read(ref changes) + ChangesBetween;
            SpinWait spin = default;
            while (Volatile.Read(ref changes) < until && !writer.IsCompleted) spin.SpinOnce(sleep1Threshold: -1);
            Answers later = Answers.Of(snapshot, runner);

            // A bank of its own with the masks that the snapshot says it has.
            MaskBank alone = new(Network);
            int found = 0;
            for (int slot = 0; slot < 40; slot++)
            {
                if (!snapshot.Contains(slot)) continue;
                TaskMask mask = snapshot[slot];
                int seed = BinaryPrimitives.ReadInt32LittleEndian(mask.Bits.Span);
                Assert.Equal(slot, seed / SeedsPerSlot);
                Assert.True(Mask(seed).Bits.Span.SequenceEqual(mask.Bits.Span), $"slot {slot} is torn");
                alone.Put(slot, mask);
                found++;
            }

            Assert.Equal(snapshot.Count, found);
            Answers.Of(alone.Snapshot, runner).AssertSame(first);
            first.AssertSame(later);
        }
    }

    // A mask that tells the slot and the version it was made for.
    private static TaskMask Mask(int seed)
    {
        byte[] bits = RandomData.Mask(Network.Shape, seed).Bits.ToArray();
        BinaryPrimitives.WriteInt32LittleEndian(bits, seed);
        return new TaskMask(Network.Shape, bits);
    }

    private sealed record Answers(SortedDictionary<int, float[]> BySlot)
    {
        public static Answers Of(BankSnapshot snapshot, MaskRunner runner)
        {
            SortedDictionary<int, float[]> bySlot = [];
            for (int slot = 0; slot < 40; slot++)
                if (snapshot.Contains(slot)) bySlot[slot] = [(float)runner.Run(
                    snapshot, slot, Factors, 0, LayerSelection.All, 10).Score, .. runner.Logits(snapshot, slot, Factors.Activation(0, 1))];
            foreach (ScanDepth depth in Enum.GetValues<ScanDepth>())
            {
                using BankScan scan = new(snapshot, default, Factors, [0, 1], LayerSelection.All, depth);
                scan.Prepare(0, 2);
                scan.Scan(0, scan.Blocks);
                for (int row = 0; row < 2; row++)
                    foreach ((int slot, float score) in BankData.Scores(scan, row)) bySlot[slot] = [.. bySlot[slot], score];
            }

            return new Answers(bySlot);
        }

        public void AssertSame(Answers other)
        {
            Assert.Equal(BySlot.Keys, other.BySlot.Keys);
            foreach ((int slot, float[] values) in BySlot) Bits.AssertSame(values, other.BySlot[slot], $"slot {slot}");
        }
    }
}
