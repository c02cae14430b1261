namespace SupSup.Core.Banks;

/// <summary>Scores the sixteen masks of a block.</summary>
internal unsafe interface IScanKernel
{
    /// <summary>What the registers are called.</summary>
    string Name { get; }

    /// <summary>Scans one block for one image.</summary>
    /// <param name="block">The block's first byte.</param>
    /// <param name="plan">The image.</param>
    /// <param name="means">Receives sixteen scores of masks of which only row sums are known.</param>
    /// <param name="scores">Receives sixteen scores, less the plan's centre.</param>
    void Scan(byte* block, ScanPlan plan, float* means, float* scores);
}
