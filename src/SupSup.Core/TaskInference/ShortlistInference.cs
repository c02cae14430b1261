using System.Collections.Immutable;
using SupSup.Core.Banks;
using SupSup.Core.Inference;

namespace SupSup.Core.TaskInference;

/// <summary>
/// The project's own: One-shot where the best gradient leads by far; else the best few masks that come close are run and the
/// lowest entropy decides. Running the shortlist always would do harm where the gradient is clear, since among several wrong
/// masks one has a lower entropy by chance (docs/inference.md). Of fewer than 8 masks the spread says nothing; all are run.
/// </summary>
public sealed class ShortlistInference : ITaskInference
{
    private const int FewestForSpread = 8;

    /// <inheritdoc/>
    public string Name => "shortlist";

    /// <inheritdoc/>
    public string Description => "one-shot, and where the gradient is not certain the best few masks are run, lowest entropy wins";

    /// <inheritdoc/>
    public int QueriesAtOnce => 128;

    /// <inheritdoc/>
    public InferredTask[] Infer(Superposition tasks, ReadOnlySpan<float> inputs, InferenceSettings settings)
    {
        int queries = TaskInferences.Queries(tasks, inputs, settings);
        RankOneFactors factors = tasks.Effective.Differentiate(inputs, queries * settings.ImagesPerQuery, settings.Objective, tasks.Classes);
        double certainAbove = tasks.Masks.Length < FewestForSpread ? double.PositiveInfinity : settings.CertainAbove;
        return settings.ImagesPerQuery > 1 ? Several(tasks, factors, settings, certainAbove) : Single(tasks, factors, settings, certainAbove);
    }

    private static InferredTask[] Single(Superposition tasks, RankOneFactors factors, InferenceSettings settings, double certainAbove)
    {
        using OneShotSearch search = new(tasks.Network, tasks.Classes);
        InferredTask[] answers = [.. search.Find(tasks.Bank, factors, settings.Layers, certainAbove).Select(answer => new InferredTask(answer.Slot, answer.Lead))];
        ImmutableArray<int> close = [.. Enumerable.Range(0, answers.Length).Where(row => !(answers[row].Lead > certainAbove))];
        if (close.IsEmpty || settings.Shortlist < 2) return answers;
        using BankScan scan = new(tasks.Bank, default, factors, close, settings.Layers, ScanDepth.Full);
        scan.Prepare(0, scan.Rows);
        scan.Scan(0, scan.Blocks);
        using MaskRunner runner = new(tasks.Network);
        for (int n = 0; n < close.Length; n++)
        {
            // A scan rounds; a few more than the shortlist are scored exactly.
            int row = close[n];
            ScanOutcome found = scan.Collect(n, settings.Shortlist + 4);
            (int Slot, MaskRun Run)[] runs =
                [.. found.Slots.Select(slot => (slot, runner.Run(tasks.Bank, slot, factors, row, settings.Layers, tasks.Classes))).OrderByDescending(run => run.Item2.Score)];
            answers[row] = answers[row] with
            {
                Task = runs.Take(settings.Shortlist)
                    .Where(run => double.IsPositiveInfinity(certainAbove) || found.Moments.Lead(found.Scores[0], runs[0].Run.Score - run.Run.Score) <= certainAbove)
                    .MinBy(run => run.Run.Entropy).Slot,
            };
        }

        return answers;
    }

    private static InferredTask[] Several(Superposition tasks, RankOneFactors factors, InferenceSettings settings, double certainAbove)
    {
        int outputs = tasks.Network.Shape.Outputs;
        return
        [
            .. RankedByGradient.Queries(tasks, factors, settings, settings.Layers).Select((ranked, query) => new InferredTask(
                ranked.Lead > certainAbove || settings.Shortlist < 2 ? ranked.Order[0]
                    : ranked.Order.Take(settings.Shortlist).TakeWhile((_, place) => ranked.Behind(place) <= certainAbove).MinBy(task => Entropy(task, query)),
                ranked.Lead)),
        ];

        double Entropy(int task, int query)
        {
            int width = tasks.Network.Shape.Inputs * settings.ImagesPerQuery;
            using EffectiveNetwork network = EffectiveNetwork.Of(tasks.Network, tasks.Masks[task]);
            float[] logits = network.Logits(factors.Activations[0].AsSpan(query * width, width), settings.ImagesPerQuery);
            double sum = 0;
            for (int row = 0; row < settings.ImagesPerQuery; row++) sum += EntropyObjective.Entropy(logits.AsSpan(row * outputs, outputs));
            return sum;
        }
    }
}
