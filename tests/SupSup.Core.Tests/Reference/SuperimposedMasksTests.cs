using SupSup.Core.Networks;
using SupSup.Reference;
using TorchSharp;
using static TorchSharp.torch;

namespace SupSup.Core.Tests.Reference;

public sealed class SuperimposedMasksTests
{
    private const int Classes = 5;
    private const int Tasks = 7;

    private static readonly FixedNetwork Network = new(NetworkPlan.Dense(37, [19, 11], 13), 4);

    [Fact]
    public void Given_random_masks_when_differentiated_then_the_gradient_is_the_slope_of_the_entropy_by_each_coefficient()
    {
        const double Step = 1e-5;
        using var network = new SupermaskNetwork(Network, ScalarType.Float64);
        Tensor[][] masks = Unpacked(network);
        using var superimposed = new SuperimposedMasks(network, masks);
        using Tensor inputs = network.Inputs(RandomData.Floats(2 * 37, 1, scale: 3));

        double[] gradient = superimposed.Gradient(inputs, TaskObjective.H, among: [0, 2, 5]);

        double[] slopes = [.. Enumerable.Range(0, Tasks).Select(task => (Entropy(task, Step) - Entropy(task, -Step)) / (2 * Step))];
        Assert.True(slopes.Max(Math.Abs) > 1e-2, "the slopes are too small to tell anything");
        for (int task = 0; task < Tasks; task++) Assert.Equal(slopes[task], gradient[task], 1e-6);

        double Entropy(int changed, double by)
        {
            double[] alpha = [1 / 3.0, 0, 1 / 3.0, 0, 0, 1 / 3.0, 0];
            alpha[changed] += by;
            return TaskObjective.H(network.Forward(inputs, [.. Enumerable.Range(0, 3).Select(Sum)])).ToDouble();

            Tensor Sum(int layer) => masks.Select((mask, task) => mask[layer] * alpha[task]).Aggregate(static (a, b) => a + b);
        }
    }

    [Fact]
    public void Given_real_logits_that_change_when_G_is_differentiated_then_only_superfluous_outputs_have_a_gradient()
    {
        using Tensor logits = tensor(RandomData.Floats(2 * 8, 3), [2, 8], requires_grad: true);

        TaskObjective.G(logits, Classes).backward();

        using Tensor shares = nn.functional.softmax(logits.detach(), 1) / 2;
        float[] gradient = [.. logits.grad!.data<float>()];
        for (int n = 0; n < gradient.Length; n++) Assert.Equal(n % 8 < Classes ? 0 : shares.flatten()[n].item<float>(), gradient[n], 1e-6f);
    }

    [Fact]
    public void Given_random_masks_when_searched_then_each_algorithm_goes_by_its_formula()
    {
        using var network = new SupermaskNetwork(Network);
        Tensor[][] masks = Unpacked(network);
        using var superimposed = new SuperimposedMasks(network, masks);
        HashSet<int> found = [];
        int fell = 0;
        for (int image = 0; image < 20; image++)
        {
            using Tensor inputs = network.Inputs(RandomData.Floats(37, image, scale: 3));
            int[] half = Best(superimposed.Gradient(inputs, TaskObjective.H), [.. Enumerable.Range(0, Tasks)], 4);
            int[] quarter = Best(superimposed.Gradient(inputs, TaskObjective.H, half), half, 2);
            int last = Best(superimposed.Gradient(inputs, TaskObjective.H, quarter), quarter, 1)[0];
            double[] entropies = [.. masks.Select(mask => TaskObjective.H(network.Forward(inputs, mask)).ToDouble())];

            Assert.Equal(half[0], superimposed.OneShot(inputs, TaskObjective.H));
            Assert.Equal(last, superimposed.Binary(inputs, TaskObjective.H));
            Assert.Equal(Array.IndexOf(entropies, entropies.Min()), superimposed.Exhaustive(inputs));
            double[] once = superimposed.Optimized(inputs, TaskObjective.H, 1, 0.1);
            double[] often = superimposed.Optimized(inputs, TaskObjective.H, 9, 0.1);
            Assert.Equal(half[0], Array.IndexOf(once, once.Max()));
            Assert.Equal(1, once.Sum(), 1e-9);
            Assert.Equal(1, often.Sum(), 1e-9);
            fell += Entropy(inputs, often) < Entropy(inputs, once) ? 1 : 0;
            found.Add(last);
        }

        Assert.True(found.Count > 3, "the images are too much alike to tell anything");
        Assert.True(fell > 16, $"more steps lowered the entropy of {fell} of 20 images");

        double Entropy(Tensor inputs, double[] alpha) => TaskObjective.H(network.Forward(inputs, [.. network.Weights.Select((_, layer) =>
            masks.Select((mask, task) => mask[layer] * alpha[task]).Aggregate(static (a, b) => a + b))])).ToDouble();

        static int[] Best(double[] gradient, int[] tasks, int count) => [.. tasks.OrderBy(task => gradient[task]).Take(count)];
    }

    [Fact]
    public void Given_identical_masks_when_halved_then_ties_do_not_stall_it()
    {
        using var network = new SupermaskNetwork(Network);
        Tensor[] mask = network.Unpack(RandomData.Mask(Network.Shape, 1));
        using var superimposed = new SuperimposedMasks(network, [.. Enumerable.Repeat(mask, Tasks)]);
        using Tensor inputs = network.Inputs(RandomData.Floats(37, 1));

        Assert.InRange(superimposed.Binary(inputs, TaskObjective.H), 0, Tasks - 1);
    }

    private static Tensor[][] Unpacked(SupermaskNetwork network) => [.. RandomData.Masks(Network.Shape, Tasks, 2).Select(network.Unpack)];
}
