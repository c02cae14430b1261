using System.Numerics.Tensors;
using System.Runtime.Intrinsics;
using SupSup.Core.Kernels;

namespace SupSup.Core.Inference;

/// <summary>
/// What entropy and evidence are made of, from one exponential a logit: sums over e_j = exp(z_j - max), which cannot overflow.
/// </summary>
/// <param name="Largest">The largest logit.</param>
/// <param name="Classes">Σ e_j over the real classes.</param>
/// <param name="Superfluous">Σ e_j over the other outputs; 0 also where all are far below the largest.</param>
/// <param name="Weighted">Σ e_j (z_j - max) over all outputs.</param>
internal readonly record struct SoftmaxSums(double Largest, double Classes, double Superfluous, double Weighted)
{
    /// <summary>log Σ exp over all outputs.</summary>
    public double LogSum => Largest + Math.Log(Classes + Superfluous);

    /// <summary>Entropy of softmax over all outputs, in nats.</summary>
    public double Entropy => Math.Log(Classes + Superfluous) - (Weighted / (Classes + Superfluous));

    /// <summary>Computes them: exponentials in single precision, eight at a time, their sums in double, in an order that depends on
    /// nothing but the lengths. What is more than 87 below the largest logit counts as nothing.</summary>
    /// <param name="logits">Logits [outputs].</param>
    /// <param name="classes">Number of real classes.</param>
    public static SoftmaxSums Of(ReadOnlySpan<float> logits, int classes)
    {
        float largest = TensorPrimitives.Max(logits);
        (double real, double ofReal) = Sum(logits[..classes], largest);
        (double superfluous, double ofSuperfluous) = Sum(logits[classes..], largest);
        return new(largest, real, superfluous, ofReal + ofSuperfluous);
    }

    // Σ e and Σ e (z - max), e = exp(z - max).
    private static (double Sum, double Weighted) Sum(ReadOnlySpan<float> logits, float largest)
    {
        (Vector256<double> sum, Vector256<double> weighted) = (Vector256<double>.Zero, Vector256<double>.Zero);
        Vector256<float> smallest = Vector256.Create(ExpConstants.Smallest);
        Span<float> last = stackalloc float[Vector256<float>.Count];
        for (int j = 0; j < logits.Length; j += Vector256<float>.Count)
        {
            scoped ReadOnlySpan<float> some = logits[j..];
            if (some.Length < last.Length)
            {
                last.Fill(float.NegativeInfinity);
                some.CopyTo(last);
                some = last;
            }

            Vector256<float> below = Vector256.Create(some) - Vector256.Create(largest);
            Vector256<float> counts = Vector256.GreaterThan(below, smallest);
            below = Vector256.Max(below, smallest);
            (Vector256<double> e, Vector256<double> upperE) = Vector256.Widen(Float256.ExpOfNegative(below) & counts);
            (Vector256<double> times, Vector256<double> upperTimes) = Vector256.Widen(below);
            sum += e + upperE;
            weighted += (e * times) + (upperE * upperTimes);
        }

        return (Vector256.Sum(sum), Vector256.Sum(weighted));
    }
}
