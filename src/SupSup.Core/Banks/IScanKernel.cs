namespace SupSup.Core.Banks;

/// <summary>Scores the sixteen masks of a block.</summary>
internal unsafe interface IScanKernel
{
    /// <summary>What the registers are called.</summary>
    string Name { get; }

    /// <summary>Scans one block for one image.</summary>
    /// <param name="block">The block's first byte.</param>
    /// <param name="rowSums">Offset of its row sums.</param>
    /// <param name="plan">The image.</param>
    /// <param name="ahead">How many columns ahead to ask for: far where the block comes from memory, near where it is in the cache.</param>
    /// <param name="scores">Receives sixteen scores, less the plan's centre.</param>
    void Scan(byte* block, int rowSums, ScanPlan plan, int ahead, float* scores);
}
