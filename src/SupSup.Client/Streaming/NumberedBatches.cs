using System.Runtime.CompilerServices;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Client;

/// <summary>Batches by number, as a stream.</summary>
internal static class NumberedBatches
{
    /// <summary>The batches from a number on; without end, since the recipe says how many are wanted.</summary>
    public static async IAsyncEnumerable<LabelledBatch> From(
        int start, Func<int, CancellationToken, ValueTask<LabelledBatch>> batch,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (int number = start; ; number++) yield return await batch(number, cancellationToken);
    }
}
