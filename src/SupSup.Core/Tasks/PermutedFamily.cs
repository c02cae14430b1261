using SupSup.Core.Datasets;
using SupSup.Core.Random;

namespace SupSup.Core.Tasks;

/// <summary>
/// Permuted inputs: task t shuffles the pixels by a permutation of its own, drawn from the pair (seed, t); input j of
/// the network is pixel permutation[j]. Every channel of an image is shuffled alike; the numbers of a row as pixels are.
/// Two seeds share no task, unlike seeds that are added to task numbers.
/// </summary>
public sealed class PermutedFamily : ITaskFamily
{
    /// <inheritdoc/>
    public string Name => "permuted";

    /// <summary>The permutation of one task.</summary>
    /// <param name="pixels">Number of pixels.</param>
    /// <param name="seed">Seed of the family.</param>
    /// <param name="index">Which task.</param>
    public static int[] Permutation(int pixels, ulong seed, int index) =>
        new RandomStream(seed, StreamPurpose.PixelPermutation, index).NextPermutation(pixels);

    /// <inheritdoc/>
    public int? Tasks(Dataset dataset) => null;

    /// <inheritdoc/>
    public ClassificationTask Make(Dataset dataset, ulong seed, int index)
    {
        this.CheckHas(dataset, index);
        return dataset.Shape is ExampleShape.Pixels pixels
            ? new(dataset, pixels.InEachChannel(Permutation(pixels.Plane, seed, index)))
            : new(dataset, Permutation(dataset.Shape.Length, seed, index));
    }
}
