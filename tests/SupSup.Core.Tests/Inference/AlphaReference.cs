using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace SupSup.Core.Tests.Inference;

/// <summary>
/// ∂/∂α by definition: the network with W_l ⊙ Σ α_i M_i,l is built with α explicit, in float64, and libtorch's
/// autograd differentiates it at α_i = 1/k (paper, section 3.3). Shares no arithmetic with the code under test.
/// </summary>
internal static class AlphaReference
{
    /// <summary>Differentiates for one image.</summary>
    /// <param name="network">The fixed network.</param>
    /// <param name="masks">The k masks.</param>
    /// <param name="image">Inputs [in].</param>
    /// <param name="classes">Number of real classes.</param>
    /// <param name="objective">"H" or "G".</param>
    /// <param name="layers">Which layers take part: in the others α is held constant.</param>
    /// <returns>The objective, and ∂/∂α_i [k].</returns>
    public static (double Value, double[] Gradient) Differentiate(
        FixedNetwork network, IReadOnlyList<PackedMask> masks, ReadOnlySpan<float> image, int classes, string objective, LayerSelection layers)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor alpha = full([1, masks.Count], 1.0 / masks.Count, float64, requires_grad: true);
        Tensor constant = alpha.detach();
        Tensor activations = tensor(Doubles(image), [1, network.Shape.Inputs]);
        for (int l = 0; l < network.Shape.Layers.Length; l++)
        {
            LayerShape shape = network.Shape.Layers[l];
            Tensor coefficients = layers == LayerSelection.First && l > 0 ? constant : alpha;
            Tensor stacked = tensor(masks.SelectMany(mask => Unpacked(mask, l, shape)).ToArray(), [masks.Count, shape.Count]);
            Tensor superposition = coefficients.mm(stacked).view(shape.Outputs, shape.Inputs);
            Tensor weights = tensor(Doubles(network.Weights(l)), [shape.Outputs, shape.Inputs]);
            activations = activations.mm((weights * superposition).t());
            if (l < network.Shape.Layers.Length - 1)
                activations = nn.functional.relu(activations);
        }

        Tensor value = Objective(objective, activations.flatten(), classes);
        value.backward();
        return (value.item<double>(), alpha.grad!.data<double>().ToArray());
    }

    private static Tensor Objective(string name, Tensor logits, int classes)
    {
        if (name == "G")
            return cat([logits[..classes].detach(), logits[classes..]]).logsumexp(0);

        Tensor logP = nn.functional.log_softmax(logits, 0);
        return -(logP.exp() * logP).sum();
    }

    private static IEnumerable<double> Unpacked(PackedMask mask, int layer, LayerShape shape)
    {
        byte[] bits = mask.Layer(layer).ToArray();
        return Enumerable.Range(0, shape.Count).Select(n => (double)(bits[n / 8] >> (n % 8) & 1));
    }

    private static double[] Doubles(ReadOnlySpan<float> values)
    {
        double[] doubles = new double[values.Length];
        for (int n = 0; n < values.Length; n++) doubles[n] = values[n];
        return doubles;
    }
}
