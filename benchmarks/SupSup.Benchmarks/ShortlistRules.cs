using SupSup.Core.Banks;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Tasks;

namespace SupSup.Benchmarks;

/// <summary>
/// Not a benchmark of time: how often the task is found by learned masks, where the gradient is not certain, by comparing the
/// best eight masks or those of them that come within the lead; and how deep searches go.
/// </summary>
internal static class ShortlistRules
{
    private const int Images = 4;
    private const int Shortlist = 8;
    private const double CertainAbove = 1;

    /// <summary>Compares the rules and prints a line for each selection of layers.</summary>
    /// <param name="folder">Masks of one task each, such as an experiment's: 00000.supmask and on, of LeNet-300-100 with 500 outputs, seed 1.</param>
    public static void Run(string folder)
    {
        PackedMask[] masks = [.. Directory.GetFiles(folder, "*.supmask").Order(StringComparer.Ordinal).Select(file => PackedMaskFile.Read(BenchmarkNetwork.Network, File.ReadAllBytes(file), file))];
        MaskBank bank = new(BenchmarkNetwork.Network);
        bank.Put([.. masks.Select((mask, task) => KeyValuePair.Create(task, mask))]);
        using EffectiveNetwork superposition = BenchmarkNetwork.Superpose(masks);
        foreach (LayerSelection layers in Enum.GetValues<LayerSelection>())
        {
            (int Task, int Class)[] found = new (int, int)[3];
            int unsure = 0;
            int[] depths = new int[3];
            Lock gate = new();
            Parallel.For(0, masks.Length, task =>
            {
                ClassificationTask own = BenchmarkNetwork.Task(task);
                (float[] inputs, int[] labels) = own.Test(task * Images % (own.TestCount - Images), Images);
                RankOneFactors factors = superposition.Differentiate(inputs, Images, Objectives.Get("G"), BenchmarkNetwork.Classes);
                using OneShotSearch search = new(BenchmarkNetwork.Network, BenchmarkNetwork.Classes);
                OneShotAnswer[] answers = search.Find(bank.Snapshot, factors, layers, CertainAbove);
                using BankScan scan = new(bank.Snapshot, default, factors, [.. Enumerable.Range(0, Images)], layers, ScanDepth.Full);
                scan.Prepare(0, Images);
                scan.Scan(0, scan.Blocks);
                using MaskRunner runner = new(BenchmarkNetwork.Network);
                for (int row = 0; row < Images; row++)
                {
                    ScanOutcome outcome = scan.Collect(row, 2 * Shortlist);
                    (int Slot, MaskRun Run)[] runs = [.. outcome.Slots.Select(slot => (slot, runner.Run(bank.Snapshot, slot, factors, row, layers, BenchmarkNetwork.Classes))).OrderByDescending(run => run.Item2.Score)];
                    double Lead((int Slot, MaskRun Run) run) => outcome.Moments.Lead(outcome.Scores[0], runs[0].Run.Score - run.Run.Score);
                    bool certain = Lead(runs[1]) > CertainAbove;
                    (int Slot, MaskRun Run)[] chosen =
                    [
                        runs[0],
                        certain ? runs[0] : runs.Take(Shortlist).MinBy(run => run.Run.Entropy),
                        certain ? runs[0] : runs.Take(Shortlist).Where(run => Lead(run) <= CertainAbove).MinBy(run => run.Run.Entropy),
                    ];
                    lock (gate)
                    {
                        if (!certain) unsure++;
                        depths[(int)answers[row].Depth]++;
                        for (int rule = 0; rule < chosen.Length; rule++)
                        {
                            if (chosen[rule].Slot == task) found[rule].Task++;
                            if (chosen[rule].Run.Class == labels[row]) found[rule].Class++;
                        }
                    }
                }
            });
            double all = masks.Length * Images;
            string[] rules = ["One-shot", "best eight", "within the lead"];
            Console.WriteLine($"{layers} layers, {all} images: {unsure / all:P1} not certain; "
                + string.Join("; ", found.Select((rule, n) => $"{rules[n]} {rule.Task / all:P2}, {rule.Class / all:F4}"))
                + $"; decided after a coarse scan {depths[0] / all:P0}, a middle one {depths[1] / all:P0}, a full one {depths[2] / all:P0}");
        }
    }
}
