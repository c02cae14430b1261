using System.Runtime.InteropServices;
using SupSup.Core.Optimizers;
using SupSup.Core.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace SupSup.Reference;

/// <summary>
/// Adam or RMSProp with a recipe's learning rates: the first layer may have its own, and all follow the schedule. The formulas are
/// those of torch.optim. It is not used itself: even its sums make TorchSharp Scalars, which the finaliser may free while libtorch
/// still reads them, so that it fails now and then where several threads work.
/// </summary>
public sealed class RecipeOptimizer
{
    private const float Beta1 = 0.9f;
    private const float Epsilon = 1e-8f;

    private readonly Recipe _recipe;
    private readonly bool _adam;
    private readonly float _beta2;
    private readonly float _decay;
    private readonly (Parameter Value, int Layer, float[] Mean, float[] Square, float[] Step)[] _parameters;
    private readonly IReadOnlyList<(float[] Strength, float[] Anchor)>? _pulls;
    private int _done;

    /// <summary>Starts at the recipe's first batch.</summary>
    /// <param name="recipe">Optimiser, rates, schedule and number of batches.</param>
    /// <param name="parameters">What is trained in each layer, on the processor.</param>
    /// <param name="weightDecay">L2 decay, added to the gradients.</param>
    /// <param name="pulls">Of each parameter what it is pulled to, value by value, and how strongly: strength · (value - anchor) is added
    /// to the gradients; null for nothing.</param>
    /// <exception cref="ArgumentException">A value of the recipe is out of range, or a name unknown.</exception>
    public RecipeOptimizer(Recipe recipe, IEnumerable<IEnumerable<Parameter>> parameters, double weightDecay = 0,
        IReadOnlyList<(float[] Strength, float[] Anchor)>? pulls = null)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        (_recipe, _decay, _pulls) = (recipe.Validated(), (float)weightDecay, pulls);
        (_adam, _beta2) = ScoreOptimizers.Get(recipe.Optimizer) switch
        {
            AdamOptimizer => (true, 0.999f),
            RmsPropOptimizer => (false, 0.99f),
            var other => throw new ArgumentException($"the reference has no optimizer '{other.Name}': use adam or rmsprop"),
        };
        _parameters = [.. parameters.SelectMany(static (layer, l) => layer.Select(value =>
            (value, l, new float[value.numel()], new float[value.numel()], new float[value.numel()])))];
    }

    /// <summary>Differentiates a loss and updates every parameter.</summary>
    /// <param name="loss">The batch's loss.</param>
    public void Step(Tensor loss)
    {
        using DisposeScope scope = NewDisposeScope();
        IList<Tensor> gradients = autograd.grad([loss], [.. _parameters.Select(static parameter => parameter.Value)]);
        double factor = Schedules.Get(_recipe.Schedule)(_done++, _recipe.Batches);
        for (int n = 0; n < gradients.Count; n++)
        {
            (Parameter value, int layer, _, _, _) = _parameters[n];
            Update(n, Floats(gradients[n].contiguous()), factor * _recipe.RateOf(layer, (int)value.shape[^1]));
        }
    }

    private static Span<float> Floats(Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);

    private void Update(int parameter, Span<float> gradient, double rate)
    {
        (Parameter tensor, _, float[] mean, float[] square, float[] step) = _parameters[parameter];
        Span<float> value = Floats(tensor);
        if (_decay > 0) TensorPrimitives.MultiplyAdd(value, _decay, gradient, gradient);
        if (_pulls is not null)
        {
            TensorPrimitives.Subtract(value, _pulls[parameter].Anchor, step);
            TensorPrimitives.MultiplyAdd(step, _pulls[parameter].Strength, gradient, gradient);
        }

        TensorPrimitives.Multiply(gradient, gradient, step);
        TensorPrimitives.Lerp(square, step, 1 - _beta2, square);
        TensorPrimitives.Multiply(square, _adam ? (float)(1 / (1 - Math.Pow(_beta2, _done))) : 1, step);
        TensorPrimitives.Sqrt(step, step);
        TensorPrimitives.Add(step, Epsilon, step);
        if (_adam) TensorPrimitives.Lerp(mean, gradient, 1 - Beta1, mean);
        TensorPrimitives.Divide(_adam ? mean : gradient, step, step);
        TensorPrimitives.MultiplyAdd(step, (float)(_adam ? -rate / (1 - Math.Pow(Beta1, _done)) : -rate), value, value);
        GC.KeepAlive(tensor);
    }
}
