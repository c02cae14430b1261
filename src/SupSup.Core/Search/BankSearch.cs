using SupSup.Core.Banks;
using SupSup.Core.Inference;
using SupSup.Core.Networks;

namespace SupSup.Core.Search;

/// <summary>Task inference over a bank in this process: a <see cref="SearchPass"/> driven on the calling thread. Not thread-safe.</summary>
/// <param name="network">The network of the masks.</param>
/// <param name="classes">Number of real classes.</param>
public sealed class BankSearch(FixedNetwork network, int classes) : IDisposable
{
    private readonly MaskRunner _runner = new(network);

    /// <summary>Finds the task of each image; a mask's slot is its task.</summary>
    /// <param name="bank">The masks; at least one.</param>
    /// <param name="factors">The images' factors.</param>
    /// <param name="layers">Which layers' terms to sum.</param>
    /// <param name="rule">What decides.</param>
    /// <exception cref="ArgumentException">The bank is empty, or the factors lack a layer or are of another network.</exception>
    public SearchAnswer[] Find(BankSnapshot bank, RankOneFactors factors, LayerSelection layers, SearchRule rule)
    {
        ArgumentNullException.ThrowIfNull(bank);
        ArgumentNullException.ThrowIfNull(factors);
        if (bank.Count == 0) throw new ArgumentException("the mask bank is empty");
        int[] images = [.. Enumerable.Range(0, factors.Rows)];
        SearchPass pass = new(images.Length, bank.Count, rule);
        using BankScan scan = new(bank, default, factors, [.. images], layers, pass.FirstDepth);
        pass.Take(images, pass.FirstDepth, [scan.Run(pass.Named)]);
        while (pass.Refinement is { } wanted)
        {
            scan.Deepen(wanted.Queries, wanted.Floors, wanted.Depths);
            pass.Take(wanted, [scan.Run(pass.Named)]);
        }

        foreach ((int image, int slot) in pass.Finalists) pass.Set(image, slot, _runner.Run(bank, slot, factors, image, layers, classes));
        return pass.Answers();
    }

    /// <summary>Finds the task that images share, by the exact gradient of their mean objective and the sum of their entropies.</summary>
    /// <param name="bank">The masks.</param>
    /// <param name="scores">The exact score of each mask, by slot; all slots are filled.</param>
    /// <param name="factors">The images' factors.</param>
    /// <param name="images">Which of them.</param>
    /// <param name="rule">What decides.</param>
    public SearchAnswer FindShared(BankSnapshot bank, float[] scores, RankOneFactors factors, Range images, SearchRule rule)
    {
        ArgumentNullException.ThrowIfNull(bank);
        ArgumentNullException.ThrowIfNull(factors);
        SearchPass pass = new(1, scores.Length, rule);
        pass.Take([0], ScanDepth.Full, [[ScanOutcome.Of(scores, pass.Named)]]);
        (int first, int count) = images.GetOffsetAndLength(factors.Rows);
        foreach ((_, int slot) in pass.Finalists)
        {
            IEnumerable<int> rows = Enumerable.Range(first, count);
            MaskRun[] runs = [.. rows.Select(row => _runner.Run(bank, slot, factors, row, LayerSelection.First, classes))];
            pass.Set(0, slot, new MaskRun(scores[slot], runs[0].Class, runs.Sum(run => run.Entropy)));
        }

        return pass.Answers()[0];
    }

    /// <inheritdoc/>
    public void Dispose() => _runner.Dispose();
}
