using SupSup.Cli.Output;
using SupSup.Client;
using SupSup.Core.Training;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Cli.Demo;

/// <summary>Learns the tasks that are not learned yet, as many at once as there are cores.</summary>
internal static class DemoLearning
{
    /// <summary>Learns.</summary>
    public static async Task LearnAsync(
        string stage, SupSupModel model, Func<int, TrainingOrder> order, IReadOnlyList<int> tasks, Recipe recipe, ProgressDisplay display, CancellationToken cancellationToken) =>
        await display.RunAsync(stage, tasks.Count * (double)recipe.Batches, progress => Parallel.ForEachAsync(
            tasks,
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellationToken },
            async (task, stop) =>
            {
                int reported = 0;
                bool wasTrained = false;
                TaskSummary summary = await model.LearnAsync(
                    task,
                    order(task),
                    step =>
                    {
                        int done = step.State == TrainingState.Trained ? recipe.Batches : step.BatchesDone;
                        progress.Advance(done - reported);
                        wasTrained = reported == 0 && step.State == TrainingState.Trained;
                        reported = done;
                    },
                    stop);
                if (!wasTrained) progress.Note($"task {task} learned and stored in {summary.TrainSeconds:F1} s, loss {summary.Loss:F3}");
            }));
}
