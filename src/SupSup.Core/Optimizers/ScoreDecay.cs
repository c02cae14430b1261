namespace SupSup.Core.Optimizers;

/// <summary>L2 decay, as a term of the gradients that any optimiser takes.</summary>
public static class ScoreDecay
{
    /// <summary>
    /// Adds decay · S / W to dL/dW_eff: optimisers multiply by W, so that the gradient of S grows by decay · S. W is a constant but for its
    /// sign, so that dividing is multiplying by W / c². What only fills a row has weight 0 and stays.
    /// </summary>
    /// <param name="decay">The decay; at 0 nothing is changed.</param>
    /// <param name="scores">Scores S.</param>
    /// <param name="weights">Fixed weights W.</param>
    /// <param name="gradients">dL/dW_eff, added to.</param>
    public static void Add(double decay, ReadOnlySpan<float> scores, ReadOnlySpan<float> weights, Span<float> gradients)
    {
        if (decay == 0) return;
        float factor = 0;
        for (int n = 0; n < weights.Length && factor == 0; n++)
            if (weights[n] != 0) factor = (float)(decay / ((double)weights[n] * weights[n]));
        for (int n = 0; n < gradients.Length; n++) gradients[n] += factor * scores[n] * weights[n];
    }
}
