using SupSup.Core.Kernels;

namespace SupSup.Core.Tests.Kernels;

/// <summary>Tested alone too: Adam and RMSProp hide a wrong scale of the gradient, since they divide by it.</summary>
public sealed unsafe class CrossEntropyKernelTests
{
    private static readonly (string Name, IStepKernels Kernels)[] All =
        [("512", new StepKernels<Float512>()), ("256", new StepKernels<Float256>()), ("128", new StepKernels<Float128>())];

    public static TheoryData<int> Outputs => [2, 3, 7, 15, 16, 17, 31, 32, 33, 100, 500, .. Enumerable.Range(511, 10)];

    [Theory]
    [MemberData(nameof(Outputs))]
    public void Given_logits_when_differentiated_then_loss_and_gradient_are_those_of_the_formulas_in_double(int outputs)
    {
        foreach (float scale in new[] { 0.01f, 1, 30, 1e4f })
        {
            foreach (float shift in new[] { 0, -200, 500f })
            {
                float[] logits = [.. RandomData.Floats(outputs, outputs, scale).Select(logit => logit + shift)];
                foreach (int label in new[] { 0, outputs / 2, outputs - 1 })
                {
                    foreach (float share in new[] { 1, 1f / 128 }) Check(logits, label, share);
                }
            }
        }
    }

    [Fact]
    public void Given_logits_whose_exponentials_overflow_when_differentiated_then_loss_and_gradient_are_exact()
    {
        foreach ((_, IStepKernels kernels) in All)
        {
            (double loss, float[] gradient) = Differentiate(kernels, [1e30f, -1e30f], 0, 0.5f);
            Assert.Equal(0, loss);
            Assert.Equal(0, gradient[0]);
            Assert.Equal(0, gradient[1], 1e-30);

            (loss, gradient) = Differentiate(kernels, [1e4f, -1e4f], 1, 0.5f);
            Assert.Equal(2e4, loss);
            Assert.Equal(0.5f, gradient[0]);
            Assert.Equal(-0.5f, gradient[1]);
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Given_a_logit_that_is_not_finite_when_differentiated_then_neither_is_the_loss(float logit)
    {
        foreach ((string name, IStepKernels kernels) in All)
        {
            foreach (int at in new[] { 0, 5, 16, 39 })
            {
                float[] logits = RandomData.Floats(40, 1);
                logits[at] = logit;
                (double loss, _) = Differentiate(kernels, logits, 3, 1);
                Assert.False(double.IsFinite(loss), $"{name}: a loss of {loss} with {logit} at {at}");
            }
        }
    }

    private static void Check(float[] logits, int label, float share)
    {
        double max = logits.Max();
        double sum = logits.Sum(logit => Math.Exp(logit - max));
        double expectedLoss = Math.Log(sum) + max - logits[label];
        float[]? first = null;
        double firstLoss = 0;
        foreach ((string name, IStepKernels kernels) in All)
        {
            (double loss, float[] gradient) = Differentiate(kernels, logits, label, share);

            Assert.Equal(expectedLoss, loss, 1e-6);
            for (int n = 0; n < logits.Length; n++)
            {
                double softmax = Math.Exp(logits[n] - max) / sum;
                double expected = (softmax - (n == label ? 1 : 0)) * share;

                // A logit below the maximum by d is off by half a unit of d, in the exponent.
                double relative = 1e-6 + ((max - logits[n]) * 6e-8);
                if (!(Math.Abs(expected - gradient[n]) <= share * ((relative * softmax) + 1e-37 + (n == label ? 1.2e-7 : 0))))
                    Assert.Fail($"{name}: gradient {n} of {logits.Length} is {gradient[n]:R}, not {expected:R}");
            }

            (first, firstLoss) = first is null ? (gradient, loss) : (first, firstLoss);
            Bits.AssertSame(first, gradient, name);
            Assert.Equal(BitConverter.DoubleToInt64Bits(firstLoss), BitConverter.DoubleToInt64Bits(loss));
        }
    }

    // What lies beyond the logits is zero, as behind weights of zero; what lies in the gradient is of no account.
    private static (double Loss, float[] Gradient) Differentiate(IStepKernels kernels, float[] logits, int label, float share)
    {
        int width = AlignedFloats.Width(logits.Length);
        using AlignedFloats z = new(width);
        using AlignedFloats gradient = new(width + 16);
        logits.CopyTo(z.Span);
        gradient.Span.Fill(float.NaN);
        double loss = kernels.CrossEntropy(z.Start, logits.Length, width, label, share, gradient.Start);
        foreach (float beyond in gradient.Span[logits.Length..width])
            if (double.IsFinite(loss)) Assert.Equal(0, beyond);
        foreach (float after in gradient.Span[width..]) Assert.True(float.IsNaN(after));
        return (loss, gradient.Span[..logits.Length].ToArray());
    }
}
