using System.Collections.Immutable;
using SupSup.Core.Banks;
using SupSup.Core.Inference;
using SupSup.Core.Networks;

namespace SupSup.Core.Search;

/// <summary>Task inference over a bank in this process: a <see cref="SearchPass"/> driven on the calling thread. Not thread-safe.</summary>
/// <param name="network">The network of the masks.</param>
/// <param name="classes">Number of real classes.</param>
/// <param name="allowances">By slot, what to take from a mask's evidence (<see cref="Evidence.Allowances"/>); by default nothing.</param>
/// <param name="temperature">What makes probabilities of evidence, see <see cref="Evidence.Temperature"/>.</param>
public sealed class BankSearch(FixedNetwork network, int classes, ImmutableArray<double> allowances = default, double temperature = 1)
    : IDisposable
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
        SearchPass pass = new(images.Length, bank.Count, rule, temperature);
        if (!pass.RunsAtOnce) Scan(pass, bank, factors, images, layers);
        IEnumerable<(int Image, int Slot)> wanted = pass.RunsAtOnce
            ? bank.Slots.Where(slot => slot >= 0).SelectMany(slot => images.Select(image => (image, slot)))
            : pass.Finalists;
        foreach (IGrouping<int, int> finalists in wanted.GroupBy(run => run.Slot, run => run.Image))
        {
            int[] rows = [.. finalists];
            MaskRun[] runs = new MaskRun[rows.Length];
            _runner.Run(bank, finalists.Key, factors, rows, layers, classes, runs);
            double allowance = allowances.IsDefault ? 0 : allowances[finalists.Key];
            foreach ((int row, MaskRun run) in rows.Zip(runs))
                pass.Set(row, finalists.Key, run with { Evidence = run.Evidence - allowance });
        }

        _runner.Forget();
        return pass.Answers();
    }

    /// <inheritdoc/>
    public void Dispose() => _runner.Dispose();

    private static void Scan(SearchPass pass, BankSnapshot bank, RankOneFactors factors, int[] images, LayerSelection layers)
    {
        using BankScan scan = new(bank, default, factors, [.. images], layers, pass.FirstDepth);
        pass.Take(images, pass.FirstDepth, [scan.Run(pass.Named)]);
        while (pass.Refinement is { } wanted)
        {
            scan.Deepen(wanted.Queries, wanted.Floors, wanted.Depths);
            pass.Take(wanted, [scan.Run(pass.Named)]);
        }
    }
}
