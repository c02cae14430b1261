using System.ComponentModel.DataAnnotations;

namespace SupSup.Grains.Placement;

/// <summary>How masks are held in the memory of the silos.</summary>
public sealed class ShardOptions
{
    /// <summary>Copies of each shard, on different silos: queries go on with the second while the silo of the first is lost. 0, the
    /// default, holds two where there are three silos or more and two copies of a model take no more than half of their memory, and one
    /// elsewhere.</summary>
    [Range(0, 2)]
    public int Replicas { get; set; }
}
