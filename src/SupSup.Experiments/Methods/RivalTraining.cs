using SupSup.Core.Datasets;
using SupSup.Core.Random;
using SupSup.Core.Tasks;
using SupSup.Core.Training;
using SupSup.Reference;
using SupSup.Torch.Devices;
using TorchSharp;
using static TorchSharp.torch;

namespace SupSup.Experiments.Methods;

/// <summary>Runs a recipe over one task's batches, in the order that supermasks see them with the same seed.</summary>
internal static class RivalTraining
{
    /// <summary>Trains from the first batch to the last, on one thread, so that the outcome does not depend on their number.</summary>
    /// <param name="network">The network; what it trains of itself is trained in place.</param>
    /// <param name="recipe">The recipe.</param>
    /// <param name="seed">The rival's seed.</param>
    /// <param name="task">Task index.</param>
    /// <param name="data">Its data.</param>
    /// <param name="report">Called after every batch with batches done and the batch's mean loss in nats.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <param name="pulls">Of all that is trained, what its values are pulled to and how strongly; null for nothing.</param>
    /// <exception cref="ArgumentException">The data do not fit the network, or the loss is not finite.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static void Run(
        RivalNetwork network,
        Recipe recipe,
        ulong seed,
        int task,
        ClassificationTask data,
        Action<int, float> report,
        CancellationToken cancellationToken,
        IReadOnlyList<(float[] Strength, float[] Anchor)>? pulls = null)
    {
        data.CheckFits(network.Plan);
        data.CheckFits(Augmentations.Get(recipe.Augmentation));
        FreedMemory.Keep();
        set_num_threads(1);
        network.train();
        RecipeOptimizer optimizer = new(recipe, network.Trained, recipe.WeightDecay, pulls);
        using TrainingBatches batches = new(data, recipe, TaskSeed.Derive(seed, task));
        int[] labels = new int[recipe.BatchSize];
        float[] inputs = new float[recipe.BatchSize * data.Inputs];
        for (int batch = 0; batch < recipe.Batches; batch++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            batches.Next(inputs, labels);
            float loss = Step(network, optimizer, inputs, labels);
            if (!float.IsFinite(loss))
                throw new ArgumentException(
                    $"the loss of task {task}, batch {batch} is not finite; lower the learning rate, or normalise the inputs");
            report(batch + 1, loss);
        }
    }

    /// <summary>Trains on one batch.</summary>
    /// <returns>Its mean cross-entropy in nats, before the step.</returns>
    public static float Step(RivalNetwork network, RecipeOptimizer optimizer, float[] inputs, int[] labels)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor logits = network.call(tensor(inputs, [labels.Length, network.Plan.Inputs]));
        Tensor loss = nn.functional.cross_entropy(logits, tensor([.. labels.Select(static label => (long)label)]));
        optimizer.Step(loss);
        return loss.item<float>();
    }
}
