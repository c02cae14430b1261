using System.Numerics.Tensors;

namespace SupSup.Core.Inference;

/// <summary>log Σ exp, shifted by the maximum so that it cannot overflow.</summary>
internal static class LogSumExp
{
    /// <summary>Computes it in double.</summary>
    public static double Of(ReadOnlySpan<float> logits)
    {
        double max = TensorPrimitives.Max(logits);
        double sum = 0;
        foreach (float z in logits) sum += Math.Exp(z - max);
        return max + Math.Log(sum);
    }
}
