using CsCheck;
using SupSup.Core.Masks;
using SupSup.Core.Networks;

namespace SupSup.Core.Tests.Masks;

public sealed class TopKMaskRuleTests
{
    private const float Untouched = 7;

    // Few values, so that ties are many; both zeros are equal.
    private static readonly Gen<float> Score = Gen.OneOf(
        Gen.Float[-1, 1], Gen.OneOf(-0f, 0f, 0.25f, -0.25f, 0.5f, float.Epsilon, -float.Epsilon, float.MaxValue));

    public static TheoryData<int> Lengths => AwkwardLengths.All;

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Given_an_awkward_length_when_applied_and_differentiated_then_both_agree_with_plain_sorting(int length) =>
        Gen.Select(Score.Array[length], Gen.Double[0.01, 1]).Sample((scores, density) => Check(scores, outputs: length, density), iter: 20);

    [Fact]
    public void Given_any_layer_and_density_when_applied_in_parts_then_the_largest_are_kept_and_the_first_of_equal_ones() =>
        Gen.Select(Gen.Int[1, 20], Gen.Int[1, 20])
            .SelectMany((outputs, inputs) => Gen.Select(Score.Array[outputs * inputs], Gen.Const(outputs), Gen.Double[0.01, 1]))
            .Sample((scores, outputs, density) => Check(scores, outputs, density), iter: 500);

    [Theory]
    [InlineData(300, 784, "0.5", 117_600)]
    [InlineData(300, 784, "1", 235_200)]
    [InlineData(300, 784, "er-8", 8_672)]
    [InlineData(500, 100, "er-1000000", 25_000)]
    [InlineData(2, 3, "0.1", 1)]
    [InlineData(1, 1, "0.000001", 1)]
    public void Given_a_layer_when_counted_then_so_many_weights_are_kept(int outputs, int inputs, string density, int kept) =>
        Assert.Equal(kept, new TopKMaskRule(density).Kept(outputs, inputs));

    // The counts of the paper's code for its ResNet of 20 channels: GEM's, 1,090,940 weights in 21 layers.
    [Theory]
    [InlineData("er-1", 2_868)]
    [InlineData("er-2", 5_736)]
    [InlineData("er-4", 11_212)]
    [InlineData("er-8", 21_944)]
    [InlineData("er-16", 42_670)]
    [InlineData("er-32", 81_394)]
    public void Given_the_papers_convolutional_network_when_counted_then_as_many_weights_are_kept_as_by_its_code(string density, int kept)
    {
        List<(int Outputs, int Inputs, int Window)> layers = [(20, 3, 9)];
        int before = 20;
        foreach (int channels in new[] { 20, 40, 80, 160 })
        {
            layers.AddRange([(channels, before, 9), (channels, channels, 9), (channels, channels, 9), (channels, channels, 9)]);
            if (channels != before) layers.Add((channels, before, 1));
            before = channels;
        }

        layers.Add((5, 160, 1));

        Assert.Equal(1_090_940, layers.Sum(layer => layer.Outputs * layer.Inputs * layer.Window));
        TopKMaskRule rule = new(density);
        Assert.Equal(kept, layers.Sum(layer => rule.Kept(layer.Outputs, layer.Inputs, layer.Window)));
    }

    private static void Check(float[] scores, int outputs, double density)
    {
        TopKMaskRule rule = new(density.ToString("F6", System.Globalization.CultureInfo.InvariantCulture));
        if (scores.Length == 0) return;
        (int inputs, int width) = (scores.Length / outputs, (outputs + 15) / 16 * 16);

        // Rows by input as a step has them: filled up to the width, here by what would be kept if it were looked at.
        float[] padded = [.. Enumerable.Repeat(float.MaxValue, inputs * width)];
        for (int i = 0; i < inputs; i++) scores.AsSpan(i * outputs, outputs).CopyTo(padded.AsSpan(i * width));
        int[] order = [.. Enumerable.Range(0, scores.Length).OrderByDescending(n => MathF.Abs(scores[n])).ThenBy(n => n)];
        HashSet<int> kept = [.. order.Take(rule.Kept(outputs, inputs))];
        float[] weights = [.. Enumerable.Range(1, padded.Length).Select(n => n % 2 == 0 ? n : -n)];
        float[] effective = [.. Enumerable.Repeat(Untouched, padded.Length)];
        float[] gradients = [.. weights];

        MaskThreshold threshold = rule.Threshold(new LayerShape(outputs, inputs), padded, outputs, width);
        for (int at = 0; at < padded.Length; at += 3 * width)
        {
            int count = Math.Min(3 * width, padded.Length - at);
            rule.Apply(padded.AsSpan(at, count), weights.AsSpan(at, count), threshold, at, effective.AsSpan(at, count));
        }

        rule.Differentiate(padded, gradients);

        for (int n = 0; n < scores.Length; n++)
        {
            int at = (n / outputs * width) + (n % outputs);
            Assert.Equal(kept.Contains(n) ? weights[at] : 0, effective[at]);
            Assert.Equal(weights[at] * Math.Sign(scores[n]), gradients[at]);
        }
    }
}
