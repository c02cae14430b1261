using System.Runtime.InteropServices;
using SupSup.Core.Inference;
using SupSup.Core.Networks;

namespace SupSup.Core.Banks;

/// <summary>
/// One-shot inference over a bank (paper, section 3.3): a coarse scan leaves the few masks that can still be the best,
/// which are scored exactly; where it leaves too many, the blocks that they are in are scanned deeper. Not thread-safe.
/// </summary>
public sealed class OneShotSearch : IDisposable
{
    /// <summary>Of fewer masks the spread of the scores says little, and reading them whole costs little.</summary>
    public const int FewestForCoarse = 64;

    /// <summary>How many masks a coarse scan names: if more can still be the best, a deeper scan is cheaper than scoring them.</summary>
    public const int MostFinalists = 16;

    private readonly MaskRunner _runner;
    private readonly int _classes;

    /// <summary>Prepares buffers.</summary>
    /// <param name="network">The network of the masks.</param>
    /// <param name="classes">Number of real classes.</param>
    public OneShotSearch(FixedNetwork network, int classes)
    {
        _runner = new MaskRunner(network);
        _classes = classes;
    }

    /// <summary>How many of a scan's candidates may be the best, or may come within some standard deviations of it.</summary>
    /// <param name="scores">The best scanned scores, best first.</param>
    /// <param name="moments">Of all scanned scores.</param>
    /// <param name="certainAbove">Standard deviations.</param>
    /// <returns>At least one; null where there may be more than the scan has named.</returns>
    public static int? Finalists(ReadOnlySpan<float> scores, ScanMoments moments, double certainAbove)
    {
        if (scores.Length == 0) return 0;
        double least = scores[0] - moments.Margin(scores[0], certainAbove);
        int finalists = 1;
        while (finalists < scores.Length && scores[finalists] >= least) finalists++;
        if (finalists == scores.Length && scores.Length < moments.Count) return null;
        return finalists;
    }

    /// <summary>Finds the task of each image.</summary>
    /// <param name="bank">The masks; at least one.</param>
    /// <param name="factors">The images' factors.</param>
    /// <param name="layers">Which layers' terms to sum.</param>
    /// <param name="certainAbove">The lead, in standard deviations, up to which it must be exact.</param>
    /// <exception cref="ArgumentException">The bank is empty, or the factors lack a layer or are of another network.</exception>
    public OneShotAnswer[] Find(BankSnapshot bank, RankOneFactors factors, LayerSelection layers, double certainAbove = 1)
    {
        if (bank.Count == 0) throw new ArgumentException("the mask bank is empty");
        OneShotAnswer[] answers = new OneShotAnswer[factors.Rows];
        ScanDepth depth = bank.Count >= FewestForCoarse ? ScanDepth.Coarse : ScanDepth.Full;
        using BankScan scan = new(bank, default, factors, [.. Enumerable.Range(0, factors.Rows)], layers, depth);
        List<int> pass = [.. Enumerable.Range(0, factors.Rows)];
        while (true)
        {
            scan.Prepare(0, scan.Rows);
            scan.Scan(0, scan.Blocks);
            List<int> left = [];
            List<double> floors = [];
            for (int n = 0; n < pass.Count; n++)
            {
                ScanOutcome found = scan.Collect(n, MostFinalists);
                if (Finalists(found.Scores, found.Moments, certainAbove) is null && depth != ScanDepth.Full && found.Moments.UnseenVariance > 0)
                {
                    left.Add(pass[n]);
                    floors.Add(found.Scores[0] - found.Moments.Margin(found.Scores[0], certainAbove));
                }
                else
                {
                    answers[pass[n]] = Decide(bank, factors, pass[n], layers, found, certainAbove, depth);
                }
            }

            if (left.Count == 0) return answers;
            depth++;
            scan.Deepen(CollectionsMarshal.AsSpan(left), CollectionsMarshal.AsSpan(floors), [.. Enumerable.Repeat(depth, left.Count)]);
            pass = left;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _runner.Dispose();

    private OneShotAnswer Decide(BankSnapshot bank, RankOneFactors factors, int row, LayerSelection layers, ScanOutcome found, double certainAbove, ScanDepth depth)
    {
        int finalists = Finalists(found.Scores, found.Moments, certainAbove) ?? found.Slots.Length;
        (int Slot, MaskRun Run)[] runs = [.. found.Slots.Take(finalists).Select(slot => (slot, _runner.Run(bank, slot, factors, row, layers, _classes))).OrderByDescending(run => run.Item2.Score)];
        double lead = runs.Length > 1 ? found.Moments.Lead(found.Scores[0], runs[0].Run.Score - runs[1].Run.Score) : found.Moments.ScannedLead(found.Scores);
        return new OneShotAnswer(runs[0].Slot, runs[0].Run, lead, finalists, depth);
    }
}
