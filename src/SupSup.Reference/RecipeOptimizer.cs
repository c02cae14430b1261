using SupSup.Core.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SupSup.Reference;

/// <summary>
/// Adam or RMSProp with a recipe's learning rates: the first layer may have its own, and all follow the schedule. The formulas are
/// torch.optim's. Constants are tensors, since TorchSharp's Scalar objects may be finalised while libtorch still reads them
/// where several threads work: torch.optim then fails now and then.
/// </summary>
public sealed class RecipeOptimizer : IDisposable
{
    private const double Beta1 = 0.9;

    private readonly Recipe _recipe;
    private readonly bool _adam;
    private readonly double _beta2;
    private readonly (Parameter Value, int Layer, Tensor Mean, Tensor Square)[] _parameters;
    private readonly Tensor _decay;
    private readonly Tensor _epsilon = tensor(1e-8);
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
        (_adam, _beta2) = recipe.Optimizer switch
        {
            "adam" => (true, 0.999),
            "rmsprop" => (false, 0.99),
            _ => throw new ArgumentException($"the reference has no optimizer '{recipe.Optimizer}': use adam or rmsprop"),
        };
        _parameters = [.. parameters.SelectMany(
            static (layer, l) => layer.Select(value => (value, l, zeros_like(value), zeros_like(value))))];
        _decay = tensor(weightDecay);
    }

    /// <summary>Differentiates a loss and updates every parameter.</summary>
    /// <param name="loss">The batch's loss.</param>
    public void Step(Tensor loss)
    {
        using DisposeScope scope = NewDisposeScope();
        IList<Tensor> gradients = autograd.grad([loss], [.. _parameters.Select(static parameter => parameter.Value)]);
        using IDisposable constant = no_grad();
        double factor = Schedules.Get(_recipe.Schedule)(_done++, _recipe.Batches);
        Tensor first = tensor(factor * (_recipe.FirstLayerLearningRate ?? _recipe.LearningRate));
        Tensor others = tensor(factor * _recipe.LearningRate);
        (Tensor ofMean, Tensor ofSquare) = (tensor(1 - Beta1), tensor(1 - _beta2));
        (Tensor meanBias, Tensor squareBias) = (tensor(1 - Math.Pow(Beta1, _done)), tensor(1 - Math.Pow(_beta2, _done)));
        for (int n = 0; n < gradients.Count; n++)
        {
            (Parameter value, int layer, Tensor mean, Tensor square) = _parameters[n];
            Tensor gradient = gradients[n] + (value * _decay);
            square.add_((gradient.square() - square) * ofSquare);
            Tensor step = gradient / (square.sqrt() + _epsilon);
            if (_adam)
            {
                mean.add_((gradient - mean) * ofMean);
                step = mean / meanBias / ((square / squareBias).sqrt() + _epsilon);
            }

            value.sub_(step * (layer == 0 ? first : others));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach ((_, _, Tensor mean, Tensor square) in _parameters)
        {
            mean.Dispose();
            square.Dispose();
        }

        _decay.Dispose();
        _epsilon.Dispose();
    }
}
