using SupSup.Core.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SupSup.Reference;

/// <summary>torch.optim with a recipe's learning rates: the first layer may have its own, and all follow the schedule.</summary>
public sealed class RecipeOptimizer : IDisposable
{
    private readonly Recipe _recipe;
    private readonly optim.Optimizer[] _layers;
    private int _done;

    /// <summary>Starts at the recipe's first batch.</summary>
    /// <param name="recipe">Optimiser, rates, schedule and number of batches.</param>
    /// <param name="parameters">What is trained in each layer.</param>
    /// <param name="weightDecay">L2 decay, added to the gradients.</param>
    /// <exception cref="ArgumentException">A value of the recipe is out of range, or a name unknown.</exception>
    public RecipeOptimizer(Recipe recipe, IEnumerable<IEnumerable<Parameter>> parameters, double weightDecay = 0)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        _recipe = recipe.Validated();
        _layers = [.. parameters.Select(Make)];

        optim.Optimizer Make(IEnumerable<Parameter> layer) => recipe.Optimizer switch
        {
            "adam" => optim.Adam(layer, weight_decay: weightDecay),
            "rmsprop" => optim.RMSProp(layer, weight_decay: weightDecay),
            _ => throw new ArgumentException($"torch.optim has no optimizer '{recipe.Optimizer}': use adam or rmsprop"),
        };
    }

    /// <summary>Differentiates a loss and updates every parameter.</summary>
    /// <param name="loss">The batch's loss.</param>
    public void Step(Tensor loss)
    {
        ArgumentNullException.ThrowIfNull(loss);
        foreach (optim.Optimizer layer in _layers) layer.zero_grad();
        loss.backward();
        double factor = Schedules.Get(_recipe.Schedule)(_done++, _recipe.Batches);
        for (int l = 0; l < _layers.Length; l++)
        {
            foreach (optim.ILearningRateController group in _layers[l].ParamGroups)
                group.LearningRate = factor * (l == 0 ? _recipe.FirstLayerLearningRate ?? _recipe.LearningRate : _recipe.LearningRate);
            _layers[l].step();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (optim.Optimizer layer in _layers) layer.Dispose();
    }
}
