using SupSup.Core.Datasets;
using SupSup.Core.Random;

namespace SupSup.Core.Tasks;

/// <summary>
/// Permuted images: task t shuffles the pixels by a permutation of its own, drawn from the pair (seed, t); input j of
/// the network is pixel permutation[j]. Two seeds share no task, unlike seeds that are added to task numbers.
/// </summary>
public sealed class PermutedFamily : ITaskFamily
{
    /// <inheritdoc/>
    public string Name => "permuted";

    /// <inheritdoc/>
    public string Description => "each task shuffles the pixels by its own permutation";

    /// <summary>The permutation of one task.</summary>
    /// <param name="pixels">Number of pixels.</param>
    /// <param name="seed">Seed of the family.</param>
    /// <param name="index">Which task.</param>
    public static int[] Permutation(int pixels, ulong seed, int index) =>
        new RandomStream(seed, StreamPurpose.PixelPermutation, index).NextPermutation(pixels);

    /// <inheritdoc/>
    public int? Tasks(ImageDataset dataset) => null;

    /// <inheritdoc/>
    public ClassificationTask Make(ImageDataset dataset, ulong seed, int index)
    {
        this.CheckHas(dataset, index);
        return new(dataset, Permutation(dataset.Train.PixelsPerImage, seed, index));
    }
}
