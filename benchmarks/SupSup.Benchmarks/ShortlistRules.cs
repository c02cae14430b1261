using SupSup.Core.Banks;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Search;
using SupSup.Core.Tasks;

namespace SupSup.Benchmarks;

/// <summary>
/// Not a benchmark of time: how often the task is found by learned masks, where the gradient is not certain, by comparing the
/// best eight masks or those of them that come within the lead; and how deep searches go.
/// </summary>
internal static class ShortlistRules
{
    private const int Images = 4;

    /// <summary>Compares the rules and prints a line for each selection of layers.</summary>
    /// <param name="folder">Masks of one task each, such as an experiment's: 00000.supmask and on, of
    /// LeNet-300-100 with 500 outputs, seed 1.</param>
    public static void Run(string folder)
    {
        SearchRule rule = new();
        TaskMask[] masks = [.. Directory.GetFiles(folder, "*.supmask").Order(StringComparer.Ordinal)
            .Select(file => MaskFile.Read(BenchmarkNetwork.Network, File.ReadAllBytes(file), file))];
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
                using BankSearch search = new(BenchmarkNetwork.Network, BenchmarkNetwork.Classes);
                SearchAnswer[] Find(SearchRule rule) => search.Find(bank.Snapshot, factors, layers, rule);
                SearchAnswer[] oneShot = Find(SearchRule.OneShot);
                SearchAnswer[] eight = Find(rule with { CertainAbove = double.PositiveInfinity });
                SearchAnswer[] within = Find(rule);
                for (int row = 0; row < Images; row++)
                {
                    bool certain = within[row].Lead > rule.CertainAbove;
                    SearchAnswer[] chosen = [oneShot[row], certain ? oneShot[row] : eight[row], within[row]];
                    lock (gate)
                    {
                        if (!certain) unsure++;
                        depths[(int)within[row].Depth]++;
                        for (int n = 0; n < chosen.Length; n++)
                        {
                            if (chosen[n].Task == task) found[n].Task++;
                            if (chosen[n].Run.Class == labels[row]) found[n].Class++;
                        }
                    }
                }
            });
            double all = masks.Length * Images;
            string[] rules = ["One-shot", "best eight", "within the lead"];
            Console.WriteLine($"{layers} layers, {all} images: {unsure / all:P1} not certain; "
                + string.Join("; ", found.Select((right, n) => $"{rules[n]} {right.Task / all:P2}, {right.Class / all:F4}"))
                + $"; decided after a coarse scan {depths[0] / all:P0}, a middle one {depths[1] / all:P0}, a full one "
                + $"{depths[2] / all:P0}");
        }
    }
}
