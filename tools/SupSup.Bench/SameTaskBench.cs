using SupSup.Core.Banks;
using SupSup.Core.Inference;
using SupSup.Core.Search;

namespace SupSup.Bench;

/// <summary>Whether the bank's answer is the mask that exact scoring in double precision chooses, on trained masks.</summary>
internal static class SameTaskBench
{
    private const int Chunk = 50;

    /// <summary>Compares.</summary>
    public static void Run(BenchTasks tasks, BenchReport report, CancellationToken cancellationToken)
    {
        int images = Math.Max(2000, tasks.Trained.Count);
        float[] inputs = tasks.Images(images);
        int width = BenchTasks.Network.Plan.Inputs;
        int same = 0;
        int asked = 0;
        foreach (LayerSelection layers in new[] { LayerSelection.All, LayerSelection.First })
        {
            int right = 0;
            int[] deeper = new int[1];
            using OneShotSetting shared = OneShotSetting.Make(tasks, tasks.Trained.Count);
            Lock gate = new();
            Parallel.For(0, (images + Chunk - 1) / Chunk, new ParallelOptions
            {
                MaxDegreeOfParallelism = Environment.ProcessorCount,
                CancellationToken = cancellationToken,
            }, chunk =>
            {
                int first = chunk * Chunk;
                int rows = Math.Min(Chunk, images - first);
                RankOneFactors factors = shared.Factors(inputs[(first * width)..((first + rows) * width)], rows);
                ExactScorer exact = new(BenchTasks.Network, layers);
                using BankSearch search = new(BenchTasks.Network, BenchTasks.Classes);
                SearchAnswer[] answers = search.Find(shared.Bank.Snapshot, factors, layers, SearchRule.OneShot);
                int[] expected = [.. Enumerable.Range(0, rows).Select(row => exact.Best(factors, row, tasks.Trained))];
                lock (gate)
                {
                    same += answers.Zip(expected).Count(pair => pair.First.Task == pair.Second);
                    right += answers.Index().Count(answer => answer.Item.Task == (first + answer.Index) % tasks.Trained.Count);
                    deeper[0] += answers.Count(answer => answer.Depth != ScanDepth.Coarse);
                    asked += rows;
                }
            });
            string name = layers == LayerSelection.All ? "" : "First";
            report.Note($"sameTask{name}Right", (double)right / images);
            report.Note($"sameTask{name}DeeperScans", (double)deeper[0] / images);
        }

        report.Note("sameTaskMasks", tasks.Trained.Count);
        report.Note("sameTaskImages", asked);
        report.Add(new BenchFigure(
            "sameTask", $"same task as exact scoring in float64, {tasks.Trained.Count} trained masks", (double)same / asked, 0.9995, 1,
            AtLeast: true, $"{same} of {asked} answers, all layers and first"));
    }
}
