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
    /// <param name="scores">Sixteen scores, to which those of the plan are added, less its centre.</param>
    void Scan(byte* block, int rowSums, ScanPlan plan, float* scores);
}
