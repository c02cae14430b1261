using SupSup.Core.Masks;
using SupSup.Core.Optimizers;

namespace SupSup.Core.Engines;

/// <summary>The scores of a mask: effective weights W ⊙ M(S), gradients straight-through.</summary>
internal sealed class MaskedScores(IMaskRule rule, IScoreOptimizer optimizer) : IStepParameters
{
    private StepSize[] _sizes = [];

    public int StatePerScore => optimizer.StatePerScore;

    public void Begin(ReadOnlySpan<double> rate, int step)
    {
        if (_sizes.Length != rate.Length) _sizes = new StepSize[rate.Length];
        for (int l = 0; l < rate.Length; l++) _sizes[l] = optimizer.At(rate[l], step);
    }

    public bool Update(StepLayer layer, StepPart part, Span<float> gradients)
    {
        optimizer.Update(layer.Of(layer.Scores, part), gradients, layer.Of(layer.Weights, part), layer.StateOf(part), _sizes[part.Layer]);
        Apply(layer, part);
        return true;
    }

    public void Apply(StepLayer layer, StepPart part) =>
        rule.Apply(layer.Of(layer.Scores, part), layer.Of(layer.Weights, part), layer.Of(layer.Effective, part));
}
