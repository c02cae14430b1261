using SupSup.Cli.Output;
using SupSup.Client;
using SupSup.Core.Training;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Cli.Demo;

/// <summary>Learns the tasks that are not learned yet.</summary>
internal static class DemoLearning
{
    /// <summary>Learns, so many at once.</summary>
    public static async Task LearnAsync(
        string stage, SupSupModel model, Func<int, TrainingOrder> order, IReadOnlyList<int> tasks, int atOnce, Recipe recipe,
        ProgressDisplay display, CancellationToken cancellationToken) =>
        await display.RunAsync(stage, tasks.Count * (double)recipe.MostBatches, progress => Parallel.ForEachAsync(
            tasks,
            new ParallelOptions { MaxDegreeOfParallelism = atOnce, CancellationToken = cancellationToken },
            async (task, stop) =>
            {
                int reported = 0;
                bool wasTrained = false;
                TaskSummary summary = await model.LearnAsync(
                    task,
                    order(task),
                    step =>
                    {
                        int done = step.State == TrainingState.Trained ? recipe.MostBatches : step.BatchesDone;
                        progress.Advance(done - reported);
                        wasTrained = reported == 0 && step.State == TrainingState.Trained;
                        reported = done;
                    },
                    stop);
                if (!wasTrained) progress.Note($"task {task} learned and stored in {summary.TrainSeconds:F1} s, loss {summary.Loss:F3}");
            }));
}
