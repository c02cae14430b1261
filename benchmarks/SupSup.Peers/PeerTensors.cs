using SupSup.Core.Masks;
using SupSup.Core.Networks;
using static TorchSharp.torch;

namespace SupSup.Peers;

/// <summary>A network's weights and masks as plain tensors.</summary>
internal static class PeerTensors
{
    /// <summary>The weights of each layer, float [out, in].</summary>
    public static Tensor[] Weights(FixedNetwork network) =>
        [.. network.Shape.Layers.Select((shape, l) => tensor(network.Weights(l).ToArray(), [shape.Outputs, shape.Inputs]))];

    /// <summary>One layer of a mask, bool [out, in].</summary>
    public static Tensor Mask(PackedMask mask, int layer)
    {
        LayerShape shape = mask.Shape.Layers[layer];
        ReadOnlySpan<byte> bits = mask.Layer(layer);
        bool[] kept = new bool[shape.Count];
        for (int n = 0; n < kept.Length; n++) kept[n] = (bits[n >> 3] >> (n & 7) & 1) != 0;
        return tensor(kept, [shape.Outputs, shape.Inputs]);
    }

    /// <summary>One image as a batch, float [1, in].</summary>
    public static Tensor Image(ReadOnlySpan<float> image) => tensor(image.ToArray(), [1, image.Length]);

    /// <summary>Entropy of softmax over all outputs, in nats, of logits [1, s].</summary>
    public static Tensor Entropy(Tensor logits) => -(nn.functional.softmax(logits, 1) * nn.functional.log_softmax(logits, 1)).sum();
}
