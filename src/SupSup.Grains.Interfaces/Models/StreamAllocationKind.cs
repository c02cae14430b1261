namespace SupSup.Grains.Interfaces.Models;

/// <summary>What was decided for a segment of a stream.</summary>
public enum StreamAllocationKind
{
    /// <summary>No mask served it: a new one was allocated and is trained.</summary>
    Allocated,

    /// <summary>A mask in training serves it and is trained further.</summary>
    Continued,

    /// <summary>A learned mask serves it; nothing is trained.</summary>
    Reused,

    /// <summary>No mask served it and no more may be allocated: the best mask, one in training, is trained on it all the same.</summary>
    Crowded,

    /// <summary>No mask served it and no more may be allocated; the best one is learned, or there is none:
    /// nothing is trained, the batches are lost.</summary>
    Refused,
}
