using SupSup.Core.Training;
using SupSup.Experiments.Files;
using SupSup.Experiments.Streams;

namespace SupSup.Experiments.Learners;

/// <summary>
/// Where trainings that take minutes stand, each saved ten times: a run that is cut off goes on from there. Of a recipe that validates
/// nothing is saved.
/// </summary>
internal sealed class OpenTasks(RunFolder folder, Recipe recipe)
{
    private readonly int _every = recipe.ValidationShare > 0 ? int.MaxValue : Math.Max(1, recipe.Batches / 10);

    /// <summary>The job as it goes on from where it stood, if it did, and saves where it stands.</summary>
    /// <param name="job">The job.</param>
    /// <exception cref="IOException">What was saved cannot be read.</exception>
    public TrainingJob Continue(TrainingJob job)
    {
        string path = PathOf(job.Index);
        TrainingCheckpoint? from = File.Exists(path) ? CheckpointFile.Read(path) : null;
        int saved = from?.Position ?? 0;
        return job with
        {
            From = from,
            OnBatches = (done, loss, capture) =>
            {
                job.OnBatches?.Invoke(done, loss, capture);
                if (done / _every == saved / _every || done >= recipe.Batches) return;
                CheckpointFile.Write(path, capture());
                saved = done;
            },
        };
    }

    /// <summary>Forgets where a task stood, once it is learned.</summary>
    /// <param name="task">The task.</param>
    public void Close(int task)
    {
        if (File.Exists(PathOf(task))) File.Delete(PathOf(task));
    }

    private string PathOf(int task) => folder.File($"open/{task:D5}.bin");
}
