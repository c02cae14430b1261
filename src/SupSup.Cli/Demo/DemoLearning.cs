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
        SupSupModel model, Func<int, TrainingOrder> order, IReadOnlyList<int> tasks, Recipe recipe, ProgressDisplay display, CancellationToken cancellationToken) =>
        await display.RunAsync("learning", tasks.Count * (double)recipe.Batches, stage => Parallel.ForEachAsync(
            tasks,
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellationToken },
            async (task, stop) =>
            {
                int reported = 0;
                TaskSummary summary = await model.LearnAsync(
                    task,
                    order(task),
                    progress =>
                    {
                        int done = progress.State == TrainingState.Trained ? recipe.Batches : progress.BatchesDone;
                        stage.Advance(done - reported);
                        reported = done;
                    },
                    stop);
                stage.Note($"task {task} learned and stored in {summary.TrainSeconds:F1} s, loss {summary.Loss:F3}");
            }));
}
