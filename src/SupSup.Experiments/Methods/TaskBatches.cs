using SupSup.Core.Networks;
using SupSup.Core.Random;
using SupSup.Core.Tasks;
using SupSup.Core.Training;

namespace SupSup.Experiments.Methods;

/// <summary>Runs a recipe over one task's batches, in the order that supermasks see them with the same seed.</summary>
internal static class TaskBatches
{
    /// <summary>Forward and backward of one batch.</summary>
    /// <param name="inputs">Normalised inputs [rows, in].</param>
    /// <param name="labels">Class of each row.</param>
    /// <returns>Mean cross-entropy in nats.</returns>
    public delegate float Differentiate(ReadOnlySpan<float> inputs, ReadOnlySpan<int> labels);

    /// <summary>The update after it.</summary>
    /// <param name="rate">Learning rate of a layer, by its index.</param>
    /// <param name="step">Steps done, this one included.</param>
    public delegate void Update(ReadOnlySpan<double> rate, int step);

    /// <summary>Trains from the first batch to the last.</summary>
    /// <exception cref="ArgumentException">The data do not fit the network, or the loss is not finite.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static void Run(
        NetworkShape shape,
        Recipe recipe,
        ulong seed,
        int task,
        ClassificationTask data,
        Differentiate differentiate,
        Update update,
        Action<int, float> report,
        CancellationToken cancellationToken)
    {
        data.CheckFits(shape);
        Func<int, int, double> schedule = Schedules.Get(recipe.Schedule);
        BatchOrder order = new(data.TrainCount, TaskSeed.Derive(seed, task));
        int[] indices = new int[recipe.BatchSize];
        int[] labels = new int[recipe.BatchSize];
        float[] inputs = new float[recipe.BatchSize * data.Inputs];
        double[] rates = new double[shape.Layers.Length];
        for (int batch = 0; batch < recipe.Batches; batch++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            order.Next(indices);
            data.FillTrain(indices, inputs, labels);
            float loss = differentiate(inputs, labels);
            if (!float.IsFinite(loss)) throw new ArgumentException($"the loss of task {task}, batch {batch} is not finite; lower the learning rate, or normalise the inputs");
            double factor = schedule(batch, recipe.Batches);
            for (int l = 0; l < rates.Length; l++) rates[l] = factor * (l == 0 ? recipe.FirstLayerLearningRate ?? recipe.LearningRate : recipe.LearningRate);
            update(rates, batch + 1);
            report(batch + 1, loss);
        }
    }
}
