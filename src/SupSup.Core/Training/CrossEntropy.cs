using System.Numerics.Tensors;

namespace SupSup.Core.Training;

/// <summary>Mean cross-entropy of softmax over all outputs, with its gradient.</summary>
internal static class CrossEntropy
{
    /// <summary>Writes d(mean loss)/d(logits) = (softmax - one-hot) / rows.</summary>
    /// <param name="logits">Logits [rows, outputs].</param>
    /// <param name="labels">Class of each row.</param>
    /// <param name="outputs">Outputs per row.</param>
    /// <param name="deltas">Receives the gradient [rows, outputs].</param>
    /// <returns>Mean loss in nats.</returns>
    public static float Differentiate(ReadOnlySpan<float> logits, ReadOnlySpan<int> labels, int outputs, Span<float> deltas)
    {
        double loss = 0;
        float share = 1f / labels.Length;
        for (int row = 0; row < labels.Length; row++)
        {
            ReadOnlySpan<float> z = logits.Slice(row * outputs, outputs);
            Span<float> delta = deltas.Slice(row * outputs, outputs);
            float max = TensorPrimitives.Max(z);
            TensorPrimitives.Subtract(z, max, delta);
            TensorPrimitives.Exp(delta, delta);
            float sum = TensorPrimitives.Sum<float>(delta);
            loss += Math.Log(sum) + max - z[labels[row]];
            TensorPrimitives.Multiply(delta, share / sum, delta);
            delta[labels[row]] -= share;
        }

        return (float)(loss / labels.Length);
    }
}
