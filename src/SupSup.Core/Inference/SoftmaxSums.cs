using System.Numerics.Tensors;

namespace SupSup.Core.Inference;

/// <summary>
/// What entropy and evidence are made of, from one exponential a logit: sums over e_j = exp(z_j - max), which cannot overflow.
/// </summary>
/// <param name="Largest">The largest logit.</param>
/// <param name="Classes">Σ e_j over the real classes.</param>
/// <param name="Superfluous">Σ e_j over the other outputs; 0 also where all are so far below the largest that it underflows.</param>
/// <param name="Weighted">Σ e_j (z_j - max) over all outputs.</param>
internal readonly record struct SoftmaxSums(double Largest, double Classes, double Superfluous, double Weighted)
{
    /// <summary>log Σ exp over all outputs.</summary>
    public double LogSum => Largest + Math.Log(Classes + Superfluous);

    /// <summary>Entropy of softmax over all outputs, in nats.</summary>
    public double Entropy => Math.Log(Classes + Superfluous) - (Weighted / (Classes + Superfluous));

    /// <summary>Computes them in double.</summary>
    /// <param name="logits">Logits [outputs].</param>
    /// <param name="classes">Number of real classes.</param>
    public static SoftmaxSums Of(ReadOnlySpan<float> logits, int classes)
    {
        double largest = TensorPrimitives.Max(logits);
        (double real, double superfluous, double weighted) = (0, 0, 0);
        for (int j = 0; j < logits.Length; j++)
        {
            double below = logits[j] - largest;
            double e = Math.Exp(below);
            if (j < classes) real += e;
            else superfluous += e;
            weighted += e * below;
        }

        return new(largest, real, superfluous, weighted);
    }
}
