using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;

namespace SupSup.Core.Tests.Inference;

public sealed class EffectiveNetworkTests
{
    [Theory]
    [InlineData(7, new[] { 5 }, 3, 1)]
    [InlineData(20, new[] { 16, 12 }, 15, 4)]
    [InlineData(33, new int[0], 11, 3)]
    [InlineData(784, new[] { 300, 100 }, 500, 2)]
    public void Given_a_mask_when_run_then_the_logits_are_those_of_a_plain_forward_pass(int inputs, int[] hidden, int outputs, int rows)
    {
        var network = new FixedNetwork(NetworkPlan.Dense(inputs, hidden, outputs), 9);
        TaskMask mask = RandomData.Mask(network.Shape, 1);
        float[] images = RandomData.Floats(rows * inputs, 2, scale: 2);

        using EffectiveNetwork effective = EffectiveNetwork.Of(network, mask);
        float[] logits = effective.Logits(images, rows);

        double[] expected =
            [.. Enumerable.Range(0, rows).SelectMany(row => PlainForward(network, images.AsSpan(row * inputs, inputs), Kept))];
        AssertClose(expected, logits);

        double Kept(int l, int j, int i) => mask[l, j, i] ? network.Weights(l)[j * network.Shape.Layers[l].FanIn + i] : 0;
    }

    [Fact]
    public void Given_counts_when_superimposed_then_every_weight_is_w_times_count_over_k_to_the_last_bit()
    {
        // One layer, so that a one-hot image reads one column of the weights off the logits. Under 41 masks, count · (1 / k)
        // is not count / k in float for 18 of the counts.
        var network = new FixedNetwork(NetworkPlan.Dense(19, [], 23), 9);
        MaskCounts counts = Counted(network.Shape, RandomData.Masks(network.Shape, 41, 1));
        float[] unit = new float[19 * 19];
        for (int i = 0; i < 19; i++)
            unit[i * 19 + i] = 1;

        using EffectiveNetwork effective = EffectiveNetwork.Of(network, counts);
        float[] logits = effective.Logits(unit, 19);

        for (int j = 0; j < 23; j++)
        {
            for (int i = 0; i < 19; i++)
                Assert.Equal(network.Weights(0)[j * 19 + i] * (counts.Layer(0)[j * 19 + i] / 41f), logits[i * 23 + j]);
        }
    }

    [Fact]
    public void Given_a_superposition_when_run_then_the_logits_are_those_of_a_plain_forward_pass()
    {
        var network = new FixedNetwork(NetworkPlan.Dense(20, [16, 12], 15), 9);
        MaskCounts counts = Counted(network.Shape, RandomData.Masks(network.Shape, 6, 1));
        float[] image = RandomData.Floats(20, 2, scale: 2);

        using EffectiveNetwork effective = EffectiveNetwork.Of(network, counts);
        float[] logits = effective.Logits(image, 1);

        double[] expected = PlainForward(network, image, (l, j, i) =>
        {
            int n = j * network.Shape.Layers[l].FanIn + i;
            return network.Weights(l)[n] * (counts.Layer(l)[n] / 6.0);
        });
        AssertClose(expected, logits);
    }

    [Fact]
    public void Given_one_mask_counted_when_superimposed_then_the_network_is_the_one_of_that_mask()
    {
        var network = new FixedNetwork(NetworkPlan.Dense(20, [16], 15), 9);
        TaskMask mask = RandomData.Mask(network.Shape, 1);
        float[] image = RandomData.Floats(20, 2);

        using EffectiveNetwork alone = EffectiveNetwork.Of(network, mask);
        using EffectiveNetwork superposition = EffectiveNetwork.Of(network, Counted(network.Shape, [mask]));

        Assert.Equal(alone.Logits(image, 1), superposition.Logits(image, 1));
    }

    [Fact]
    public void Given_no_masks_when_superimposed_then_refused()
    {
        var network = new FixedNetwork(NetworkPlan.Dense(7, [5], 3), 9);

        var error = Assert.Throws<ArgumentException>(() => EffectiveNetwork.Of(network, new MaskCounts(network.Shape)));

        Assert.Contains("at least one mask", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Given_a_mask_or_counts_of_another_shape_when_applied_then_the_error_names_both_shapes()
    {
        // As many weights in each layer as 7-5-7 has, so that no length gives it away.
        var network = new FixedNetwork(NetworkPlan.Dense(7, [5], 7), 9);
        var other = NetworkPlan.Dense(5, [7], 5).Shape;
        TaskMask mask = RandomData.Mask(other, 1);

        ArgumentException[] errors =
        [
            Assert.Throws<ArgumentException>(() => EffectiveNetwork.Of(network, mask)),
            Assert.Throws<ArgumentException>(() => EffectiveNetwork.Of(network, Counted(other, [mask]))),
        ];

        Assert.All(errors, error => Assert.Contains("matrices 7x5 5x7 does not fit ", error.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(2, 13)]
    [InlineData(2, 15)]
    [InlineData(0, 0)]
    [InlineData(-1, -7)]
    public void Given_inputs_that_do_not_fit_the_rows_when_run_then_the_error_names_them(int rows, int values)
    {
        var network = new FixedNetwork(NetworkPlan.Dense(7, [5], 3), 9);
        using EffectiveNetwork effective = EffectiveNetwork.Of(network, RandomData.Mask(network.Shape, 1));

        var error = Assert.Throws<ArgumentException>(() => effective.Logits(new float[Math.Max(0, values)], rows));

        Assert.Contains($"{rows} rows of network 7-5-3", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Given_objective_g_and_no_superfluous_outputs_when_differentiated_then_refused()
    {
        var network = new FixedNetwork(NetworkPlan.Dense(7, [5], 3), 9);
        using EffectiveNetwork effective = EffectiveNetwork.Of(network, RandomData.Mask(network.Shape, 1));

        Assert.Throws<ArgumentException>(() => effective.Differentiate(new float[7], 1, new SuperfluousObjective(), 3));
    }

    [Fact]
    public async Task Given_one_network_when_several_threads_run_it_at_once_then_each_gets_the_same_logits()
    {
        var network = new FixedNetwork(NetworkPlan.Dense(50, [40, 30], 20), 9);
        float[] images = RandomData.Floats(8 * 50, 2);
        using EffectiveNetwork effective = EffectiveNetwork.Of(network, RandomData.Mask(network.Shape, 1));
        float[] expected = effective.Logits(images, 8);

        float[][] all = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => Task.Run(() => effective.Logits(images, 8))));

        Assert.All(all, logits => Assert.Equal(expected, logits));
    }

    private static MaskCounts Counted(NetworkShape shape, TaskMask[] masks)
    {
        var counts = new MaskCounts(shape);
        foreach (TaskMask mask in masks)
            counts.Add(mask);
        return counts;
    }

    private static double[] PlainForward(FixedNetwork network, ReadOnlySpan<float> image, Func<int, int, int, double> weight)
    {
        double[] activations = new double[image.Length];
        for (int i = 0; i < image.Length; i++)
            activations[i] = image[i];
        for (int l = 0; l < network.Shape.Layers.Length; l++)
        {
            double[] outputs = new double[network.Shape.Layers[l].Outputs];
            for (int j = 0; j < outputs.Length; j++)
            {
                for (int i = 0; i < activations.Length; i++)
                    outputs[j] += weight(l, j, i) * activations[i];
                if (l < network.Shape.Layers.Length - 1)
                    outputs[j] = Math.Max(0, outputs[j]);
            }

            activations = outputs;
        }

        return activations;
    }

    private static void AssertClose(double[] expected, float[] actual)
    {
        double largest = expected.Max(Math.Abs);
        Assert.True(largest > 0.01, $"logits up to {largest} tell nothing");
        Assert.Equal(expected.Length, actual.Length);
        for (int n = 0; n < expected.Length; n++)
            Assert.Equal(expected[n], actual[n], 2e-6 * largest);
    }
}
