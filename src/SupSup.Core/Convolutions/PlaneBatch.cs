namespace SupSup.Core.Convolutions;

/// <summary>How many examples there are in the blocks of a graph.</summary>
internal sealed class PlaneBatch
{
    /// <summary>Examples.</summary>
    public int Rows { get; set; }

    /// <summary>Blocks with examples.</summary>
    public int Blocks => (Rows + Planes.Lanes - 1) / Planes.Lanes;

    /// <summary>Bit i is set where lane i of a block is an example.</summary>
    /// <param name="block">The block.</param>
    public uint Examples(int block) => (uint)ushort.MaxValue >> Math.Max(0, ((block + 1) * Planes.Lanes) - Rows);
}
