using SupSup.Core.Networks;

namespace SupSup.Core.Tests.Engines;

/// <summary>Forward and backward through W ⊙ [S ≥ 0] by plain loops in double.</summary>
internal static class PlainStep
{
    private const double TooCloseToTell = 1e-5;

    /// <summary>Mean cross-entropy, and per layer dL/dW_eff, [out · in].</summary>
    /// <param name="network">The network.</param>
    /// <param name="scores">S, per layer [out · in].</param>
    /// <param name="inputs">[rows, in].</param>
    /// <param name="labels">[rows].</param>
    /// <param name="active">Whether the unit of a layer was active for a row: it decides where single sums
    /// may lie on either side of zero, and must be right where not.</param>
    public static (double Loss, double[][] Gradients) Differentiate(
        FixedNetwork network, float[][] scores, float[] inputs, int[] labels, Func<int, int, int, bool> active)
    {
        int layers = scores.Length;
        double[][] gradients = [.. network.Shape.Layers.Select(layer => new double[layer.Count])];
        double loss = 0;
        for (int row = 0; row < labels.Length; row++)
        {
            double[][] activations = new double[layers + 1][];
            activations[0] = [.. inputs.Skip(row * network.Plan.Inputs).Take(network.Plan.Inputs).Select(value => (double)value)];
            for (int l = 0; l < layers; l++) activations[l + 1] = Forward(network, scores, l, activations[l], j => active(l, row, j));
            double[] logits = activations[layers];
            double max = logits.Max();
            double sum = logits.Sum(logit => Math.Exp(logit - max));
            loss += (Math.Log(sum) + max - logits[labels[row]]) / labels.Length;
            double[] delta = [.. logits.Select((logit, j) => ((Math.Exp(logit - max) / sum) - (j == labels[row] ? 1 : 0)) / labels.Length)];
            for (int l = layers - 1; l >= 0; l--)
                delta = Backward(network, scores, l, activations[l], delta, gradients[l], i => l == 0 || active(l - 1, row, i));
        }

        return (loss, gradients);
    }

    private static double[] Forward(FixedNetwork network, float[][] scores, int l, double[] input, Func<int, bool> active)
    {
        LayerShape shape = network.Shape.Layers[l];
        ReadOnlySpan<float> weights = network.Weights(l);
        double[] output = new double[shape.Outputs];
        for (int n = 0; n < shape.Count; n++)
            if (scores[l][n] >= 0) output[n / shape.FanIn] += weights[n] * input[n % shape.FanIn];
        if (l == scores.Length - 1) return output;
        for (int j = 0; j < output.Length; j++)
        {
            if (Math.Abs(output[j]) > TooCloseToTell) Assert.Equal(output[j] > 0, active(j));
            output[j] = active(j) ? output[j] : 0;
        }

        return output;
    }

    private static double[] Backward(
        FixedNetwork network, float[][] scores, int l, double[] input, double[] delta, double[] gradients, Func<int, bool> active)
    {
        LayerShape shape = network.Shape.Layers[l];
        ReadOnlySpan<float> weights = network.Weights(l);
        double[] below = new double[shape.FanIn];
        for (int n = 0; n < shape.Count; n++)
        {
            gradients[n] += delta[n / shape.FanIn] * input[n % shape.FanIn];
            if (scores[l][n] >= 0 && active(n % shape.FanIn)) below[n % shape.FanIn] += delta[n / shape.FanIn] * weights[n];
        }

        return below;
    }
}
