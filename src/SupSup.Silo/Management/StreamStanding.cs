using SupSup.Grains.Interfaces.Models;

namespace SupSup.Silo.Management;

/// <summary>Where a stream without task identity stands.</summary>
/// <param name="Next">Number of the batch expected next.</param>
/// <param name="Durable">Batches that a crash cannot undo.</param>
/// <param name="Allocation">Who serves the segment of the batch taken last.</param>
/// <param name="Masks">Masks that it holds.</param>
/// <param name="CapReached">Whether the segment lacks a mask of its own because the stream may hold no more.</param>
internal sealed record StreamStanding(long Next, long Durable, StreamAllocation? Allocation, int Masks, bool CapReached)
{
    /// <summary>Of a grain's answer.</summary>
    public static StreamStanding Of(StreamAnswer answer) =>
        new(answer.Next, answer.Durable, answer.Allocation, answer.Masks, answer.CapReached);
}
