using System.Runtime.InteropServices;
using SupSup.Core.Masks;
using SupSup.Core.Training;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Tasks;

/// <summary>What a task stores while it is being trained: the order, and where its training stood. Cleared
/// once the mask is stored.</summary>
[GenerateSerializer, Alias("supsup.state.checkpoint")]
public sealed class CheckpointState
{
    /// <summary>What was ordered, or null.</summary>
    [Id(0)]
    public TrainingOrder? Order { get; set; }

    /// <summary>Batches trained.</summary>
    [Id(1)]
    public int BatchesDone { get; set; }

    /// <summary>Per layer the scores as little-endian floats; empty before the first checkpoint.</summary>
    [Id(2)]
    public byte[][] Scores { get; set; } = [];

    /// <summary>Per layer the optimiser's state as little-endian floats.</summary>
    [Id(3)]
    public byte[][] OptimizerState { get; set; } = [];

    /// <summary>See <see cref="TrainingCheckpoint.TailLoss"/>.</summary>
    [Id(4)]
    public double TailLoss { get; set; }

    /// <summary>See <see cref="TrainingCheckpoint.DataChecksum"/>.</summary>
    [Id(5)]
    public string? DataChecksum { get; set; }

    /// <summary>See <see cref="TrainingCheckpoint.Best"/>.</summary>
    [Id(6)]
    public ValidationSnapshot? Best { get; set; }

    /// <summary>See <see cref="TrainingCheckpoint.BatchesBefore"/>.</summary>
    [Id(7)]
    public int BatchesBefore { get; set; }

    /// <summary>See <see cref="TrainingCheckpoint.Statistics"/>, as little-endian floats.</summary>
    [Id(8)]
    public byte[] Statistics { get; set; } = [];

    /// <summary>Packs a checkpoint.</summary>
    /// <param name="order">What was ordered.</param>
    /// <param name="checkpoint">Where training stands.</param>
    public static CheckpointState Of(TrainingOrder order, TrainingCheckpoint checkpoint) => new()
    {
        Order = order,
        BatchesDone = checkpoint.BatchesDone,
        Scores = [.. checkpoint.Scores.Select(Bytes)],
        OptimizerState = [.. checkpoint.OptimizerState.Select(Bytes)],
        TailLoss = checkpoint.TailLoss,
        DataChecksum = checkpoint.DataChecksum,
        Best = OnTheWire(checkpoint.Best),
        BatchesBefore = checkpoint.BatchesBefore,
        Statistics = Bytes(checkpoint.Statistics),
    };

    /// <summary>Unpacks it; null where training had not come to a checkpoint.</summary>
    public TrainingCheckpoint? Unpack() => Scores.Length == 0
        ? null
        : new TrainingCheckpoint(BatchesDone, [.. Scores.Select(Floats)], [.. OptimizerState.Select(Floats)], TailLoss)
        {
            DataChecksum = DataChecksum,
            Best = Read(Best),
            BatchesBefore = BatchesBefore,
            Statistics = Floats(Statistics),
        };

    /// <summary>What crosses the wire of a checkpoint.</summary>
    /// <param name="checkpoint">Where training stands.</param>
    public static TrainingSnapshot Snapshot(TrainingCheckpoint checkpoint) => new()
    {
        BatchesDone = checkpoint.BatchesDone,
        Scores = [.. checkpoint.Scores.Select(Bytes)],
        OptimizerState = [.. checkpoint.OptimizerState.Select(Bytes)],
        TailLoss = checkpoint.TailLoss,
        DataChecksum = checkpoint.DataChecksum,
        Best = OnTheWire(checkpoint.Best),
        BatchesBefore = checkpoint.BatchesBefore,
        Statistics = Bytes(checkpoint.Statistics),
    };

    /// <summary>Reads what crossed the wire.</summary>
    /// <param name="snapshot">Where training stands.</param>
    public static TrainingCheckpoint Read(TrainingSnapshot snapshot) =>
        new(snapshot.BatchesDone, [.. snapshot.Scores.Select(Floats)], [.. snapshot.OptimizerState.Select(Floats)], snapshot.TailLoss)
        {
            DataChecksum = snapshot.DataChecksum,
            Best = Read(snapshot.Best),
            BatchesBefore = snapshot.BatchesBefore,
            Statistics = Floats(snapshot.Statistics),
        };

    private static ValidationSnapshot? OnTheWire(ValidatedMask? best) =>
        best is null ? null : new(best.Bits, best.Accuracy, best.Loss, best.Since, best.Batches)
        {
            Statistics = best.Statistics?.Write() ?? [],
        };

    // An earlier build did not store after how many batches it was.
    private static ValidatedMask? Read(ValidationSnapshot? best) =>
        best is null or { Batches: 0 } ? null : new(best.Bits, best.Accuracy, best.Loss, best.Batches, best.Since)
        {
            Statistics = best.Statistics is { Length: > 0 } written ? ChannelStatistics.Read(written) : null,
        };

    private static byte[] Bytes(float[] values) => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();

    private static float[] Floats(byte[] bytes) => MemoryMarshal.Cast<byte, float>(bytes).ToArray();
}
