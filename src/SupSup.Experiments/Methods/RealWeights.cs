using SupSup.Core.Engines;
using SupSup.Core.Kernels;
using SupSup.Core.Optimizers;
using SupSup.Core.Training;

namespace SupSup.Experiments.Methods;

/// <summary>The weights themselves are trained: they are the effective weights.</summary>
internal sealed class RealWeights(IScoreOptimizer optimizer) : IStepParameters
{
    private StepSize[] _sizes = [];
    private float[] _ones = [];

    public int StatePerScore => optimizer.StatePerScore;

    /// <summary>A step that trains a network's weights, to be read from the layers' effective weights.</summary>
    /// <param name="network">Where it starts; not changed.</param>
    /// <param name="recipe">The recipe.</param>
    /// <param name="team">Threads to share the step with.</param>
    public static FusedStep Step(RealNetwork network, Recipe recipe, ITeam team)
    {
        AlignedFloats none = new(0);
        FusedStep step = new(network.Shape, _ => none, new RealWeights(ScoreOptimizers.Get(recipe.Optimizer)), recipe.BatchSize, team, StepKernelChoice.Best);
        for (int l = 0; l < network.Weights.Length; l++) network.Weights[l].CopyTo(step.Layers[l].Effective.Span);
        step.ApplyMask();
        return step;
    }

    /// <summary>The network as a step has trained it.</summary>
    public static RealNetwork Trained(RealNetwork from, FusedStep step) => new(from.Shape, [.. step.Layers.Select(layer => layer.Effective.Span.ToArray())]);

    public void Begin(ReadOnlySpan<double> rate, int step)
    {
        if (_sizes.Length != rate.Length) _sizes = new StepSize[rate.Length];
        for (int l = 0; l < rate.Length; l++) _sizes[l] = optimizer.At(rate[l], step);
    }

    public bool Update(StepLayer layer, StepPart part, Span<float> gradients)
    {
        optimizer.Update(layer.Of(layer.Effective, part), gradients, Ones(gradients.Length), layer.StateOf(part), _sizes[part.Layer]);
        return true;
    }

    public void Apply(StepLayer layer, StepPart part)
    {
    }

    // The optimisers multiply gradients by a mask's weights; here dL/dW is the gradient itself.
    private ReadOnlySpan<float> Ones(int count)
    {
        float[] ones = _ones;
        if (ones.Length < count)
        {
            ones = new float[count];
            ones.AsSpan().Fill(1);
            _ones = ones;
        }

        return ones.AsSpan(0, count);
    }
}
