using System.Numerics.Tensors;

namespace SupSup.Core.Inference;

/// <summary>Reads class and entropy off logits.</summary>
public static class MaskPrediction
{
    /// <summary>The class of each row: the largest of the real-class logits; superfluous outputs are no classes.</summary>
    /// <param name="logits">Logits [rows, outputs].</param>
    /// <param name="outputs">Output size s.</param>
    /// <param name="classes">Number of real classes.</param>
    /// <param name="predicted">Receives a class per row.</param>
    /// <param name="entropies">Receives the entropy of softmax over all outputs per row, in nats.</param>
    public static void Read(ReadOnlySpan<float> logits, int outputs, int classes, Span<int> predicted, Span<double> entropies)
    {
        for (int row = 0; row < predicted.Length; row++)
        {
            ReadOnlySpan<float> z = logits.Slice(row * outputs, outputs);
            predicted[row] = TensorPrimitives.IndexOfMax(z[..classes]);
            entropies[row] = EntropyObjective.Entropy(z);
        }
    }
}
