using SupSup.Core.Tasks;
using SupSup.Core.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SupSup.Reference;

/// <summary>
/// Trains one task's mask: W stays, the scores S are the parameters, M comes from them straight-through, the loss is the
/// cross-entropy, and the gradient autograd's. Scores and batches are those that
/// <see cref="TaskTrainer"/> has with the same seeds.
/// </summary>
public sealed class MaskTraining : IDisposable
{
    private readonly SupermaskNetwork _network;
    private readonly Func<Tensor, Tensor> _rule;
    private readonly Parameter[] _scores;
    private readonly RecipeOptimizer _optimizer;

    /// <summary>Starts with random scores of ±1 / sqrt(fan-in).</summary>
    /// <param name="network">The shared network.</param>
    /// <param name="recipe">How to train.</param>
    /// <param name="scoreSeed">Seed of the scores.</param>
    /// <param name="rule">From a layer's scores to its mask; <see cref="StraightThrough.Threshold"/> by default.</param>
    public MaskTraining(SupermaskNetwork network, Recipe recipe, ulong scoreSeed, Func<Tensor, Tensor>? rule = null)
    {
        (_network, _rule) = (network, rule ?? StraightThrough.Threshold);
        _scores = [.. network.Plan.Shape.Layers.Select((layer, l) =>
        {
            float[] initial = new float[layer.Count];
            InitialScores.Fill(layer, l, scoreSeed, initial);
            return nn.Parameter(tensor(initial, [layer.Outputs, layer.FanIn]));
        })];
        _optimizer = new RecipeOptimizer(recipe, _scores.Select(scores => new[] { scores }));
    }

    /// <summary>S of each layer, [out, in].</summary>
    public IReadOnlyList<Tensor> Scores => _scores;

    /// <summary>A trained mask of a task.</summary>
    /// <param name="network">The shared network, in float32.</param>
    /// <param name="recipe">How to train.</param>
    /// <param name="task">The task's data.</param>
    /// <param name="taskSeed">Seed of its scores and of the order of its examples.</param>
    /// <param name="rule">From a layer's scores to its mask; <see cref="StraightThrough.Threshold"/> by default.</param>
    /// <returns>M of each layer, [out, in].</returns>
    public static Tensor[] Train(
        SupermaskNetwork network, Recipe recipe, ClassificationTask task, ulong taskSeed, Func<Tensor, Tensor>? rule = null)
    {
        using MaskTraining training = new(network, recipe, taskSeed, rule);
        using TrainingBatches batches = new(task, recipe, taskSeed);
        int[] classes = new int[recipe.BatchSize];
        float[] pixels = new float[recipe.BatchSize * task.Inputs];
        for (int batch = 0; batch < recipe.Batches; batch++)
        {
            batches.Next(pixels, classes);
            using Tensor inputs = network.Inputs(pixels);
            using Tensor labels = tensor([.. classes.Select(static label => (long)label)]);
            training.Step(inputs, labels);
        }

        return training.Mask();
    }

    /// <summary>Trains on one batch.</summary>
    /// <param name="inputs">Normalised inputs, [rows, in].</param>
    /// <param name="labels">Class of each row, int64 [rows].</param>
    /// <returns>Mean cross-entropy of the batch in nats, before the step.</returns>
    public float Step(Tensor inputs, Tensor labels)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor logits = _network.Forward(inputs, [.. _scores.Select(_rule)]);
        Tensor loss = nn.functional.cross_entropy(logits, labels);
        _optimizer.Step(loss);
        return loss.item<float>();
    }

    /// <summary>The mask as it is now: M of each layer, [out, in].</summary>
    public Tensor[] Mask()
    {
        // The scope holds what the rule makes on its way, which could else be freed while libtorch reads it.
        using DisposeScope scope = NewDisposeScope();
        using IDisposable constant = no_grad();
        return [.. _scores.Select(scores => _rule(scores).MoveToOuterDisposeScope())];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Parameter scores in _scores) scores.Dispose();
    }
}
