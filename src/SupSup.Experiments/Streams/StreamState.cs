namespace SupSup.Experiments.Streams;

/// <summary>How far a stream without task identity is; stream.json.</summary>
internal sealed class StreamState
{
    /// <summary>Its file.</summary>
    public const string Name = "stream.json";

    /// <summary>Tasks whose batches are all seen.</summary>
    public int Tasks { get; set; }

    /// <summary>Seconds of learning by the wall clock.</summary>
    public double Seconds { get; set; }

    public List<StreamMask> Masks { get; init; } = [];

    /// <summary>Number of the mask in training, or -1 where batches are served by a finished one.</summary>
    public int Current { get; set; } = -1;

    /// <summary>Numbers of the masks in training that are in memory, the one used last first.</summary>
    public int[] Recent { get; set; } = [];

    /// <summary>Masks allocated so far; the next one's number.</summary>
    public int Allocated { get; set; }

    /// <summary>Masks given up because another served the same task.</summary>
    public int Merged { get; set; }

    /// <summary>Segments that went to a mask learned before, other than the one before.</summary>
    public int Reused { get; set; }

    /// <summary>Allocations that the cap refused.</summary>
    public int Refused { get; set; }
}
