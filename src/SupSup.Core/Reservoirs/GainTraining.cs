using System.Numerics.Tensors;
using SupSup.Core.Tasks;
using SupSup.Core.Training;

namespace SupSup.Core.Reservoirs;

/// <summary>Trains masks of gains.</summary>
public static class GainTraining
{
    /// <summary>Trains one task's mask on the calling thread; the same arguments give the same mask.</summary>
    /// <param name="weights">The fixed weights.</param>
    /// <param name="data">The task.</param>
    /// <param name="recipe">How.</param>
    /// <param name="taskSeed">Seed of the order of examples.</param>
    /// <param name="onBatch">Called after every batch with the share of all batches that it is, and its loss in nats.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <returns>The mask, and the mean loss over the last tenth of the batches, in nats.</returns>
    /// <exception cref="ArgumentException">The data do not fit the network, or the loss is not finite.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static (GainMask Mask, double Loss) Train(
        GainWeights weights, ClassificationTask data, GainRecipe recipe, ulong taskSeed, Action<double, float>? onBatch,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(recipe);
        data.CheckFits(weights.Network.Plan);
        using GainNetwork network = new(weights, recipe.BatchSize);
        GainScores scores = new([.. weights.Channels.Select(static count => new float[count])], recipe.Momentum, recipe.Decay);
        BatchOrder order = new(data.TrainCount, taskSeed);
        int ofEpoch = (data.TrainCount + recipe.BatchSize - 1) / recipe.BatchSize, batches = recipe.Batches ?? recipe.Epochs * ofEpoch;
        int[] indices = new int[recipe.BatchSize], labels = new int[recipe.BatchSize];
        float[] inputs = new float[recipe.BatchSize * data.Inputs];
        double last = 0;
        int ofLast = Math.Max(1, batches / 10);
        Func<int, int, double> schedule = Schedules.Get(recipe.Schedule);
        for (int batch = 0; batch < batches; batch++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int rows = Math.Min(recipe.BatchSize, data.TrainCount - (batch % ofEpoch * recipe.BatchSize));
            order.Next(indices.AsSpan(0, rows));
            data.FillTrain(indices.AsSpan(0, rows), inputs, labels);
            network.Set(scores.Mask);
            network.Forward(inputs.AsSpan(0, rows * data.Inputs), rows);
            float loss = network.CrossEntropy(labels.AsSpan(0, rows));
            if (!float.IsFinite(loss))
                throw new ArgumentException(
                    $"the loss of batch {batch} is not finite; lower the learning rate of {recipe.LearningRate}, or normalise the inputs");
            for (int l = 0; l < weights.Channels.Length; l++)
                scores.Step(l, network.Gradient(l), recipe.LearningRate * schedule(batch, batches));
            if (batch >= batches - ofLast) last += loss / ofLast;
            onBatch?.Invoke(1.0 / batches, loss);
        }

        return (scores.Mask, last);
    }

    /// <summary>Which of a task's test images a mask gets right.</summary>
    /// <param name="network">A network with room for a batch; its gains are set.</param>
    /// <param name="mask">The mask.</param>
    /// <param name="data">The task.</param>
    /// <param name="order">The order in which the test images come, since a batch is normalised by itself.</param>
    /// <param name="batchSize">Images of a batch.</param>
    /// <returns>In that order.</returns>
    public static bool[] Correct(GainNetwork network, GainMask mask, ClassificationTask data, int[] order, int batchSize)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(order);
        network.Set(mask);
        bool[] correct = new bool[order.Length];
        for (int first = 0; first < order.Length; first += batchSize)
        {
            int rows = Math.Min(batchSize, order.Length - first);
            (float[] inputs, int[] labels) = data.Test(order.AsSpan(first, rows));
            network.Forward(inputs, rows);
            for (int row = 0; row < rows; row++)
                correct[first + row] = TensorPrimitives.IndexOfMax(network.Logits(row)) == labels[row];
        }

        return correct;
    }
}
