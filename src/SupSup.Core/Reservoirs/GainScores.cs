using System.Collections.Immutable;
using System.Numerics.Tensors;

namespace SupSup.Core.Reservoirs;

/// <summary>The scores of a mask of gains, and how they descend: SGD with momentum and an L2 decay.</summary>
/// <param name="initial">Scores at the start, for each normalisation; taken over.</param>
/// <param name="momentum">Share of the step before that is taken again.</param>
/// <param name="decay">Added to the gradient of each score is so many times the score.</param>
public sealed class GainScores(ImmutableArray<float[]> initial, double momentum, double decay)
{
    private readonly float[][] _velocity = [.. initial.Select(static layer => new float[layer.Length])];

    /// <summary>The scores of each normalisation.</summary>
    public ImmutableArray<float[]> Layers => initial;

    /// <summary>Channels whose scores are not below 0 are kept.</summary>
    public GainMask Mask => GainMask.Of(Layers);

    /// <summary>v ← momentum · v + gradient + decay · score; score ← score − rate · v.</summary>
    /// <param name="layer">Which normalisation.</param>
    /// <param name="gradient">Its gradient.</param>
    /// <param name="rate">Learning rate.</param>
    public void Step(int layer, ReadOnlySpan<float> gradient, double rate)
    {
        (float[] scores, float[] velocity) = (Layers[layer], _velocity[layer]);
        TensorPrimitives.MultiplyAdd(velocity, (float)momentum, gradient, velocity);
        TensorPrimitives.MultiplyAdd(scores, (float)decay, velocity, velocity);
        TensorPrimitives.MultiplyAdd(velocity, (float)-rate, scores, scores);
    }
}
