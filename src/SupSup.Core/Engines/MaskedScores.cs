using SupSup.Core.Masks;
using SupSup.Core.Optimizers;

namespace SupSup.Core.Engines;

/// <summary>
/// The scores of a mask: effective weights W ⊙ M(S), gradients as the mask rule defines them. Parts come from several
/// threads at once.
/// </summary>
internal sealed class MaskedScores(IMaskRule rule, IScoreOptimizer optimizer, int layers)
{
    private readonly StepSize[] _sizes = new StepSize[layers];
    private readonly MaskThreshold[] _thresholds = new MaskThreshold[layers];

    /// <summary>Whether a part's effective weights can be made without <see cref="Gather"/>, once it is updated.</summary>
    public bool IsLocal => rule.IsLocal;

    /// <summary>L2 decay of the scores.</summary>
    public double Decay { get; set; }

    /// <summary>Called before the parts of an update.</summary>
    /// <param name="rate">Learning rate of a layer, by its index.</param>
    /// <param name="step">Steps done, this one included.</param>
    public void Begin(ReadOnlySpan<double> rate, int step)
    {
        for (int l = 0; l < rate.Length; l++) _sizes[l] = optimizer.At(rate[l], step);
    }

    /// <summary>Updates the scores of one part.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="part">Which of its inputs.</param>
    /// <param name="gradients">dL/d(effective weights), [inputs of the part, width]; overwritten.</param>
    public void Update(StepLayer layer, StepPart part, Span<float> gradients)
    {
        Span<float> scores = layer.Of(layer.Scores, part);
        rule.Differentiate(scores, gradients);
        ScoreDecay.Add(Decay, scores, layer.Of(layer.Weights, part), gradients);
        optimizer.Update(scores, gradients, layer.Of(layer.Weights, part), layer.StateOf(part), _sizes[part.Layer]);
    }

    /// <summary>Finds the threshold of a layer, once all its parts are updated.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="index">Its index.</param>
    public void Gather(StepLayer layer, int index) =>
        _thresholds[index] = rule.Threshold(layer.Shape, layer.Scores.Span, layer.Shape.Outputs, layer.Width);

    /// <summary>Writes the effective weights of one part.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="part">Which of its inputs.</param>
    public void Apply(StepLayer layer, StepPart part) => rule.Apply(
        layer.Of(layer.Scores, part),
        layer.Of(layer.Weights, part),
        _thresholds[part.Layer],
        part.From * layer.Width,
        layer.Of(layer.Effective, part));
}
