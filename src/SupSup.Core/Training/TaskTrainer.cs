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
    /// <param name="task">The task's data; its inputs and classes must fit the network.</param>
    /// <param name="index">Task index within the model: it and the network's seed give the initial scores and
    /// the order of examples.</param>
    /// <param name="onBatch">Called after each batch with the session and the batch's loss, on this thread.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <param name="from">Where an earlier run of the same training stood, or null to start.</param>
    /// <param name="team">Threads to share the steps with; null is the calling thread alone. The mask does not depend on it.</param>
    /// <exception cref="ArgumentException">The data do not fit the network, the recipe is not valid, or the
    /// checkpoint is of another training.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static TrainedMask Train(
        FixedNetwork network,
        IMaskRule rule,
        Recipe recipe,
        ClassificationTask task,
        int index,
        Action<TrainingSession, float> onBatch,
        CancellationToken cancellationToken,
        TrainingCheckpoint? from = null,
        ITeam? team = null)
    {
        task.CheckFits(network.Plan);
        long start = Stopwatch.GetTimestamp();
        ulong seed = TaskSeed.Derive(network.Seed, index);
        using TrainingSession session = from is null ? new(network, rule, recipe, seed, team) : new(network, rule, recipe, from, team);
        BatchOrder order = new(task.TrainCount, seed);
        int[] indices = new int[recipe.BatchSize];
        float[] inputs = new float[recipe.BatchSize * task.Inputs];
        int[] labels = new int[recipe.BatchSize];
        for (int done = 0; done < session.BatchesDone; done++) order.Next(indices);
        while (session.BatchesDone < recipe.Batches)
        {
            cancellationToken.ThrowIfCancellationRequested();
            order.Next(indices);
            task.FillTrain(indices, inputs, labels);
            onBatch(session, session.Step(inputs, labels));
        }

        return new TrainedMask(session.Mask(), session.TailLoss, Stopwatch.GetElapsedTime(start));
    }
}
