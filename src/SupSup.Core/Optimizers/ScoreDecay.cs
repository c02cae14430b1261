namespace SupSup.Core.Optimizers;

/// <summary>L2 decay, as a term of the gradients that any optimiser takes.</summary>
public static class ScoreDecay
{
    /// <summary>
    /// What S · W is multiplied by to be added to dL/dW_eff, decay / c²: optimisers multiply by W, so that the gradient of S grows by
    /// decay · S. W is a constant c but for its sign, so that dividing by it is multiplying by W / c².
    /// </summary>
    /// <param name="decay">The decay.</param>
    /// <param name="weights">Fixed weights W; 0 is what only fills a row.</param>
    /// <returns>The factor; 0 where the decay is.</returns>
    public static float Factor(double decay, ReadOnlySpan<float> weights)
    {
        if (decay == 0) return 0;
        foreach (float weight in weights)
            if (weight != 0) return (float)(decay / ((double)weight * weight));
        return 0;
    }

    /// <summary>Adds decay · S / W to dL/dW_eff, see <see cref="Factor"/>. What only fills a row has weight 0 and stays.</summary>
    /// <param name="decay">The decay; at 0 nothing is changed.</param>
    /// <param name="scores">Scores S.</param>
    /// <param name="weights">Fixed weights W.</param>
    /// <param name="gradients">dL/dW_eff, added to.</param>
    public static void Add(double decay, ReadOnlySpan<float> scores, ReadOnlySpan<float> weights, Span<float> gradients)
    {
        float factor = Factor(decay, weights);
        if (factor == 0) return;
        for (int n = 0; n < gradients.Length; n++) gradients[n] += factor * scores[n] * weights[n];
    }
}
