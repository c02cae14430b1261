namespace SupSup.Grains.Interfaces.Models;

/// <summary>Who serves a segment of a stream.</summary>
/// <param name="Batch">Number of the segment's first batch.</param>
/// <param name="Task">The task; where the segment was refused, the best one that there was, or null.</param>
/// <param name="Kind">What was decided.</param>
[GenerateSerializer, Immutable, Alias("supsup.stream-allocation")]
public sealed record StreamAllocation(
    [property: Id(0)] long Batch, [property: Id(1)] int? Task, [property: Id(2)] StreamAllocationKind Kind)
{
    /// <summary>Whether a mask was missing because no more may be allocated.</summary>
    public bool CapReached => Kind is StreamAllocationKind.Crowded or StreamAllocationKind.Refused;
}
