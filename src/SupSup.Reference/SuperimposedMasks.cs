using TorchSharp;
using static TorchSharp.torch;

namespace SupSup.Reference;

/// <summary>
/// All masks at once: p(α) = f(x; W ⊙ Σ α_i M_i). Which task an input belongs to is read off the derivative of an objective
/// by the coefficients α, which start at 1/k. Time and memory grow with the number of masks k.
/// </summary>
public class SuperimposedMasks : IDisposable
{
    private readonly SupermaskNetwork _network;
    private readonly Tensor[] _masks;

    /// <summary>Stacks the masks.</summary>
    /// <param name="network">The shared network.</param>
    /// <param name="masks">The k masks, each as M of each layer.</param>
    public SuperimposedMasks(SupermaskNetwork network, IReadOnlyList<IReadOnlyList<Tensor>> masks)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(masks);
        (_network, Masks) = (network, masks.Count);
        _masks = [.. network.Weights.Select((_, l) => stack(masks.Select(mask => mask[l])))];
    }

    /// <summary>Number of masks k.</summary>
    public int Masks { get; }

    /// <summary>The derivatives by the coefficients of some tasks, whose coefficients are equal while those of all others are 0.</summary>
    /// <param name="inputs">Normalised inputs [rows, in], all of one task.</param>
    /// <param name="objective">From logits [rows, s] to a number, such as <see cref="TaskObjective.H"/>.</param>
    /// <param name="among">The tasks; null for all.</param>
    /// <param name="firstLayerOnly">Whether α counts as a constant in all layers but the first.</param>
    /// <returns>∂objective/∂α_i of all k tasks.</returns>
    public double[] Gradient(Tensor inputs, Func<Tensor, Tensor> objective, IReadOnlyList<int>? among = null, bool firstLayerOnly = false)
    {
        among ??= [.. Enumerable.Range(0, Masks)];
        double[] equal = new double[Masks];
        foreach (int task in among) equal[task] = 1.0 / among.Count;
        return GradientAt(equal, inputs, objective, firstLayerOnly);
    }

    /// <summary>The derivatives by the coefficients, at any coefficients.</summary>
    /// <param name="coefficients">α, one for each task.</param>
    /// <param name="inputs">Normalised inputs [rows, in], all of one task.</param>
    /// <param name="objective">From logits [rows, s] to a number, such as <see cref="TaskObjective.H"/>.</param>
    /// <param name="firstLayerOnly">Whether α counts as a constant in all layers but the first.</param>
    /// <returns>∂objective/∂α_i of all k tasks.</returns>
    public double[] GradientAt(double[] coefficients, Tensor inputs, Func<Tensor, Tensor> objective, bool firstLayerOnly = false)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor alpha = tensor(coefficients, dtype: inputs.dtype, requires_grad: true);
        Tensor logits = _network.Forward(inputs, [.. _masks.Select(Sum)]);
        return [.. autograd.grad([objective(logits)], [alpha])[0].to(ScalarType.Float64).data<double>()];

        Tensor Sum(Tensor masks, int layer) => Superpose(firstLayerOnly && layer > 0 ? alpha.detach() : alpha, masks);
    }

    /// <summary>One-shot: the task with the steepest descent, argmax −∂H/∂α_i; one gradient.</summary>
    /// <param name="inputs">Normalised inputs [rows, in], all of one task.</param>
    /// <param name="objective">The objective.</param>
    public int OneShot(Tensor inputs, Func<Tensor, Tensor> objective)
    {
        double[] gradient = Gradient(inputs, objective);
        return Array.IndexOf(gradient, gradient.Min());
    }

    /// <summary>
    /// Binary: the half with the steepest descent stays, until one is left; log2 k gradients. Equal ones go by their number.
    /// </summary>
    /// <param name="inputs">Normalised inputs [rows, in], all of one task.</param>
    /// <param name="objective">The objective.</param>
    public int Binary(Tensor inputs, Func<Tensor, Tensor> objective)
    {
        int[] left = [.. Enumerable.Range(0, Masks)];
        while (left.Length > 1)
        {
            double[] gradient = Gradient(inputs, objective, left);
            left = [.. left.OrderBy(task => gradient[task]).Take((left.Length + 1) / 2)];
        }

        return left[0];
    }

    /// <summary>
    /// Gradient descent on α: each step moves α_i along the descent, measured from the mean of the tasks in play, so that the steepest
    /// moves by the step size; what falls to 0 stays there, and the rest is divided by its sum. The largest α_i wins.
    /// </summary>
    /// <param name="inputs">Normalised inputs [rows, in], all of one task.</param>
    /// <param name="objective">The objective.</param>
    /// <param name="steps">Number of steps, at least 1.</param>
    /// <param name="stepSize">Step size.</param>
    /// <returns>α after the last step.</returns>
    public double[] Optimized(Tensor inputs, Func<Tensor, Tensor> objective, int steps, double stepSize)
    {
        double[] alpha = [.. Enumerable.Repeat(1.0 / Masks, Masks)];
        for (int step = 0; step < steps; step++)
        {
            double[] gradient = GradientAt(alpha, inputs, objective);
            int[] inPlay = [.. Enumerable.Range(0, Masks).Where(task => alpha[task] > 0)];
            double mean = inPlay.Average(task => gradient[task]), steepest = mean - inPlay.Min(task => gradient[task]);
            if (steepest <= 0) break;
            foreach (int task in inPlay) alpha[task] = Math.Max(0, alpha[task] + (stepSize * (mean - gradient[task]) / steepest));
            double sum = alpha.Sum();
            alpha = [.. alpha.Select(coefficient => coefficient / sum)];
        }

        return alpha;
    }

    /// <summary>Exhaustive: every mask is run, and the lowest entropy wins. The yardstick.</summary>
    /// <param name="inputs">Normalised inputs [rows, in], all of one task.</param>
    public int Exhaustive(Tensor inputs)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable constant = no_grad();
        return Enumerable.Range(0, Masks).MinBy(Entropy);

        double Entropy(int task) =>
            TaskObjective.H(_network.Forward(inputs, [.. _masks.Select(masks => masks[task])])).to(ScalarType.Float64).item<double>();
    }

    /// <summary>Σ α_i M_i of one layer.</summary>
    /// <param name="alpha">α, [k].</param>
    /// <param name="masks">The layer's masks, [k, out, in].</param>
    /// <returns>[out, in].</returns>
    protected virtual Tensor Superpose(Tensor alpha, Tensor masks) =>
        alpha.unsqueeze(0).mm(masks.flatten(1)).view(masks.shape[1], masks.shape[2]);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the masks.</summary>
    /// <param name="disposing">Whether it is disposed of, and not finalised.</param>
    protected virtual void Dispose(bool disposing)
    {
        if (!disposing) return;
        foreach (Tensor masks in _masks) masks.Dispose();
    }
}
