using System.Collections.Immutable;
using SupSup.Core.Random;
using SupSup.Core.Reservoirs;
using SupSup.Experiments.Learners;
using SupSup.Experiments.Reports;
using SupSup.Experiments.Reports.Figures;
using SupSup.Experiments.Running;

namespace SupSup.Experiments.Capacity;

/// <summary>
/// Measures how many masks a reservoir holds: random ones are stored one after another, and now and then some of them are disturbed, a
/// share of their units flipped, and the reservoir's dynamics followed to where it rests.
/// </summary>
/// <param name="units">Units of the reservoir.</param>
/// <param name="display">Hears how far it is.</param>
public sealed class CapacityRun(int units, IRunDisplay display)
{
    // Half is what theory is about; .36 is what masks of SplitMNIST keep of the first layer.
    private static readonly double[] Kept = [0.5, 0.36];

    private const double Flipped = 0.25;
    private const int Queries = 16;
    private static readonly string[] Columns = ["rule", "kept", "masks", "recovered", "wrongUnits"];

    /// <summary>How many masks are stored where it is measured: in every doubling four, up to half as many as units.</summary>
    public IEnumerable<int> Steps
    {
        get
        {
            double next = 2;
            for (int last = 0; next <= units / 2; next *= Math.Pow(2, 0.25))
                if ((int)Math.Round(next) is var masks && masks != last) yield return last = masks;
        }
    }

    /// <summary>Measures both rules, and writes capacity.csv, .png and .svg.</summary>
    /// <param name="seed">Seed of the masks.</param>
    /// <param name="path">The folder; it is made where it is missing.</param>
    /// <param name="cancellationToken">Stops; nothing is written then.</param>
    /// <returns>Every point.</returns>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public async Task<ImmutableArray<CapacityPoint>> RunAsync(ulong seed, string path, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(path);
        (StorageRule Rule, double Kept)[] curves =
            [.. Kept.SelectMany(static kept => Enum.GetValues<StorageRule>().Select(rule => (rule, kept)))];
        int steps = Steps.Count();
        ImmutableArray<CapacityPoint>[] found = new ImmutableArray<CapacityPoint>[curves.Length];
        await display.RunAsync("masks of a reservoir", curves.Length * steps, stage => Cores.ForEachAsync(
            Enumerable.Range(0, curves.Length),
            (n, stop) => found[n] = [.. Measure(curves[n].Rule, curves[n].Kept, seed, stage, stop)],
            cancellationToken));
        ImmutableArray<CapacityPoint> points = [.. found.SelectMany(static curve => curve)];
        Csv.Write(
            Path.Combine(path, "capacity.csv"), Columns,
            points.Select(point => (object?[])[point.Rule, point.Kept, point.Masks, point.Recovered, point.WrongUnits]));
        RunFigures.Save(CapacityFigure.Draw(points, units, Flipped), Path.Combine(path, "capacity"));
        return points;
    }

    /// <summary>The most masks up to which all that were asked for came back without an error.</summary>
    /// <param name="curve">Points of one rule and share, by masks.</param>
    public static int Holds(IEnumerable<CapacityPoint> curve) =>
        curve.TakeWhile(static point => point.Recovered == 1).Select(static point => point.Masks).LastOrDefault();

    private IEnumerable<CapacityPoint> Measure(StorageRule rule, double kept, ulong seed, IStageProgress stage, CancellationToken stop)
    {
        Reservoir reservoir = new(units, rule);
        int[] steps = [.. Steps];
        for (int n = 0, lost = 0; n < steps.Length; n++)
        {
            // Beyond two measures at which none came back none will.
            if (lost < 2)
            {
                while (reservoir.Stored < steps[n])
                {
                    stop.ThrowIfCancellationRequested();
                    reservoir.Store(Pattern(seed, reservoir.Stored, kept));
                }

                CapacityPoint point = Ask(reservoir, kept, seed, stop);
                lost = point.Recovered == 0 ? lost + 1 : 0;
                yield return point;
            }

            stage.Advance(1);
        }
    }

    private CapacityPoint Ask(Reservoir reservoir, double kept, ulong seed, CancellationToken stop)
    {
        int queries = Math.Min(Queries, reservoir.Stored), whole = 0;
        long wrong = 0;
        for (int query = 0; query < queries; query++)
        {
            stop.ThrowIfCancellationRequested();
            int index = (int)((long)query * reservoir.Stored / queries);
            float[] pattern = Pattern(seed, index, kept), state = [.. pattern];
            int[] order = new RandomStream(TaskSeed.Derive(seed, index), StreamPurpose.Patterns, 1).NextPermutation(units);
            foreach (int unit in order.AsSpan(0, (int)(Flipped * units))) state[unit] = -state[unit];
            reservoir.Settle(state);
            int errors = pattern.Zip(state).Count(static pair => pair.First != pair.Second);
            wrong += errors;
            if (errors == 0) whole++;
        }

        return new(reservoir.Rule, kept, reservoir.Stored, (double)whole / queries, (double)wrong / ((long)queries * units));
    }

    private float[] Pattern(ulong seed, int index, double kept)
    {
        RandomStream stream = new(TaskSeed.Derive(seed, index), StreamPurpose.Patterns);
        float[] pattern = new float[units];
        for (int n = 0; n < units; n++) pattern[n] = stream.NextSingle() < kept ? 1 : -1;
        return pattern;
    }
}
