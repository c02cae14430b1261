using SupSup.Core.Masks;
using SupSup.Core.Networks;

namespace SupSup.Experiments.Evaluation;

/// <summary>What a task's mask file of version 2 takes, in bytes: the mean of the first tasks' masks.</summary>
/// <param name="Bits">With a bit for each weight.</param>
/// <param name="Sparse">With the positions of kept weights.</param>
/// <param name="Difference">With the differences from the mask of the shared initial scores.</param>
/// <param name="Shortest">As it is written: each layer in the encoding that takes least.</param>
public sealed record EncodedBytes(double Bits, double Sparse, double Difference, double Shortest)
{
    private const int Most = 8;

    /// <summary>Encodes masks in every way.</summary>
    /// <param name="network">The network.</param>
    /// <param name="masks">The masks, of which the first eight are encoded.</param>
    internal static EncodedBytes Of(FixedNetwork network, IEnumerable<TaskMask> masks)
    {
        TaskMask[] some = [.. masks.Take(Most)];
        double Mean(Func<TaskMask, int> size) => some.AsParallel().Average(mask => (double)size(mask));
        return new(
            Mean(mask => MaskFile.Size(network, mask, MaskEncoding.Bits)),
            Mean(mask => MaskFile.Size(network, mask, MaskEncoding.Sparse)),
            Mean(mask => MaskFile.Size(network, mask, MaskEncoding.Difference)),
            Mean(mask => MaskFile.Write(network, mask, MaskFile.LatestVersion).Length));
    }
}
