using System.Diagnostics;
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
    /// <param name="index">Task index within the model: it and the network's seed give the initial scores and the order of examples.</param>
    /// <param name="onBatch">Called after each batch with the number done and its loss, on this thread.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <exception cref="ArgumentException">The data do not fit the network, or the recipe is not valid.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static TrainedMask Train(
        FixedNetwork network, IMaskRule rule, Recipe recipe, ClassificationTask task, int index, Action<int, float> onBatch, CancellationToken cancellationToken)
    {
        if (task.Inputs != network.Shape.Inputs)
            throw new ArgumentException($"the data have {task.Inputs} inputs, network {network.Shape} takes {network.Shape.Inputs}");
        if (task.Classes > network.Shape.Outputs)
            throw new ArgumentException($"the data have {task.Classes} classes, network {network.Shape} has {network.Shape.Outputs} outputs");

        long start = Stopwatch.GetTimestamp();
        ulong seed = TaskSeed.Derive(network.Seed, index);
        using TrainingSession session = new(network, rule, recipe, seed);
        BatchOrder order = new(task.TrainCount, seed);
        int[] indices = new int[recipe.BatchSize];
        float[] inputs = new float[recipe.BatchSize * task.Inputs];
        int[] labels = new int[recipe.BatchSize];
        int tail = Math.Max(1, recipe.Batches / 10);
        double tailLoss = 0;
        while (session.BatchesDone < recipe.Batches)
        {
            cancellationToken.ThrowIfCancellationRequested();
            order.Next(indices);
            task.FillTrain(indices, inputs, labels);
            float loss = session.Step(inputs, labels);
            if (session.BatchesDone > recipe.Batches - tail) tailLoss += loss;
            onBatch(session.BatchesDone, loss);
        }

        return new TrainedMask(session.Mask(), tailLoss / tail, Stopwatch.GetElapsedTime(start));
    }
}
