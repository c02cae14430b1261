using SupSup.Core.Masks;
using SupSup.Core.Optimizers;

namespace SupSup.Core.Engines;

/// <summary>The scores of a mask: effective weights W ⊙ M(S), gradients as the mask rule defines them.</summary>
internal sealed class MaskedScores(IMaskRule rule, IScoreOptimizer optimizer, int layers) : IStepParameters
{
    private readonly StepSize[] _sizes = new StepSize[layers];
    private readonly MaskThreshold[] _thresholds = new MaskThreshold[layers];

    public int StatePerScore => optimizer.StatePerScore;

    public bool WaitsForAll => !rule.IsLocal;

    public void Begin(ReadOnlySpan<double> rate, int step)
    {
        for (int l = 0; l < rate.Length; l++) _sizes[l] = optimizer.At(rate[l], step);
    }

    public bool Update(StepLayer layer, StepPart part, Span<float> gradients)
    {
        Span<float> scores = layer.Of(layer.Scores, part);
        rule.Differentiate(scores, gradients);
        optimizer.Update(scores, gradients, layer.Of(layer.Weights, part), layer.StateOf(part), _sizes[part.Layer]);
        if (rule.IsLocal) Apply(layer, part);
        return rule.IsLocal;
    }

    public void Gather(StepLayer layer, int index) =>
        _thresholds[index] = rule.Threshold(layer.Shape, layer.Scores.Span, layer.Shape.Outputs, layer.Width);

    public void Apply(StepLayer layer, StepPart part) => rule.Apply(
        layer.Of(layer.Scores, part),
        layer.Of(layer.Weights, part),
        _thresholds[part.Layer],
        part.From * layer.Width,
        layer.Of(layer.Effective, part));
}
