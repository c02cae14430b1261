using SupSup.Core.Tests.Inference;
using SupSup.Core.Training;

namespace SupSup.Core.Tests.Training;

/// <summary>Tested alone too: Adam and RMSProp hide a wrong scale of the gradient, since they divide by it.</summary>
public sealed class CrossEntropyTests
{
    [Theory]
    [InlineData(1, 2)]
    [InlineData(3, 7)]
    [InlineData(5, 100)]
    public void Given_random_logits_when_differentiated_then_loss_and_gradient_are_those_of_central_differences(int rows, int outputs)
    {
        float[] logits = RandomData.Floats(rows * outputs, 1, scale: 4);
        int[] labels = [.. Enumerable.Range(0, rows).Select(row => (row * 5 + 1) % outputs)];
        float[] deltas = new float[logits.Length];

        float loss = CrossEntropy.Differentiate(logits, labels, outputs, deltas);

        Assert.Equal(Loss([.. logits]), loss, 1e-6 * loss);
        for (int n = 0; n < logits.Length; n++)
            Assert.Equal(CentralDifference.Of(Loss, logits, n), deltas[n], 2e-7);

        double Loss(double[] z) => Enumerable.Range(0, rows).Average(row =>
            Math.Log(z.Skip(row * outputs).Take(outputs).Sum(Math.Exp)) - z[row * outputs + labels[row]]);
    }

    [Fact]
    public void Given_logits_whose_exponentials_overflow_when_differentiated_then_loss_and_gradient_are_finite()
    {
        float[] deltas = new float[4];

        float loss = CrossEntropy.Differentiate([1e4f, -1e4f, 1e4f, -1e4f], [0, 1], 2, deltas);

        Assert.Equal(1e4f, loss);
        Assert.Equal([0, 0, 0.5f, -0.5f], deltas);
    }
}
