using System.Diagnostics;
using SupSup.Core.Engines;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Random;
using SupSup.Core.Tasks;

namespace SupSup.Core.Training;

/// <summary>Trains one task from start to end on the calling thread.</summary>
public static class TaskTrainer
{
    /// <summary>Runs the recipe.</summary>
    /// <param name="network">The shared network.</param>
    /// <param name="rule">The mask rule.</param>
    /// <param name="recipe">The recipe.</param>
    /// <param name="job">The task; it hears of every batch, and stops between batches.</param>
    /// <param name="team">Threads to share the steps with; null is the calling thread alone. The mask does not depend on it.</param>
    /// <exception cref="ArgumentException">The data do not fit the network, the recipe is not valid, or the
    /// checkpoint is of another training.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static TrainedMask Train(FixedNetwork network, IMaskRule rule, Recipe recipe, TrainingJob job, ITeam? team = null)
    {
        ClassificationTask task = job.Data;
        task.CheckFits(network.Plan);
        long start = Stopwatch.GetTimestamp();
        ulong seed = TaskSeed.Derive(network.Seed, job.Index);
        using TrainingSession session = job.From is { } from
            ? new(network, rule, recipe, from, team) : new(network, rule, recipe, seed, team);
        TrainingExamples examples = TrainingExamples.Of(task, recipe, seed);
        MaskValidation? validation =
            examples.Validation.Length == 0 ? null : new(network, recipe, task, examples.Validation, job.From?.Best);
        BatchOrder order = new(task.TrainCount, seed, examples.Train);
        int[] indices = new int[recipe.BatchSize];
        float[] inputs = new float[recipe.BatchSize * task.Inputs];
        int[] labels = new int[recipe.BatchSize];
        for (int done = 0; done < session.BatchesDone; done++) order.Next(indices);
        while (session.BatchesDone < recipe.Batches && validation is not { IsOver: true })
        {
            job.Stop.ThrowIfCancellationRequested();
            order.Next(indices);
            task.FillTrain(indices, inputs, labels);
            float loss = session.Step(inputs, labels);
            validation?.After(session.BatchesDone, loss, session.Mask);
            job.OnBatches?.Invoke(session.BatchesDone, loss, () => session.Capture() with { Best = validation?.Best });
        }

        TaskMask mask = validation?.Best is { } best ? new TaskMask(network.Shape, best.Bits) : session.Mask();
        return new TrainedMask(
            mask, validation?.Best?.Loss ?? session.TailLoss, Stopwatch.GetElapsedTime(start), UsualEvidence.Of(network, mask, task));
    }
}
