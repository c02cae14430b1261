using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Optimizers;
using SupSup.Core.Tests;
using SupSup.Torch.Devices;
using SupSup.Torch.Groups;
using static TorchSharp.torch;

namespace SupSup.Torch.Tests.Groups;

/// <summary>Mask rules and optimisers as scripts, on <see cref="TestDevice"/>, against what they do to one task on the processor.</summary>
public sealed class GroupKernelsTests
{
    private const int Tasks = 3;

    // Scores of a few magnitudes only: most thresholds fall among equals.
    [Theory]
    [InlineData("threshold", "adam", 0)]
    [InlineData("threshold", "rmsprop", 0.1)]
    [InlineData("top-k:0.3", "adam", 0.1)]
    [InlineData("top-k:1", "rmsprop", 0)]
    [InlineData("top-k:er-1", "adam", 0)]
    public void Given_scores_with_ties_when_tasks_take_a_step_together_then_each_gets_what_it_gets_alone(
        string rule, string optimizer, double decay)
    {
        FixedNetwork network = new(Plans.Parse("conv10-relu-average/4x6x6-5"), 2);
        LayerShape shape = network.Shape.Layers[0];
        float[] weights = network.Weights(0).ToArray();
        float[] scores = [.. RandomData.Floats(Tasks * shape.Count, 1).Select(score => MathF.Round(8 * score) / 8)];
        float[] gradients = RandomData.Floats(scores.Length, 2);
        (IMaskRule one, IScoreOptimizer by) = (MaskRules.Get(rule), ScoreOptimizers.Get(optimizer));
        GroupKernels kernels = GroupKernels.Get(one, by, decay > 0);
        Device device = TestDevice.Device.ToTorch();
        long[] sizes = [Tasks, shape.Outputs, shape.FanIn];
        using TorchSharp.DisposeScope scope = NewDisposeScope();
        Tensor fixedWeights = tensor(weights, [shape.Outputs, shape.FanIn], float32, device);
        Tensor given = tensor(scores, sizes, float32, device);
        Tensor[] state = [.. Enumerable.Range(0, by.StatePerScore).Select(_ => zeros(sizes, float32, device))];
        StepSize size = by.At(0.01, 1);

        float[] before = Host(kernels.Effective(given, fixedWeights, one.Kept(shape)));
        Tensor[] stepped = kernels.Step(
            given, tensor(gradients, sizes, float32, device), fixedWeights, state,
            (one.Kept(shape), ScoreDecay.Factor(decay, weights), size));
        float[] after = Host(stepped[0]), effective = Host(stepped[1]);

        for (int task = 0; task < Tasks; task++)
        {
            Range own = (task * shape.Count)..((task + 1) * shape.Count);
            float[] alone = scores[own], gradient = gradients[own];
            Assert.Equal(Effective(alone), before[own]);
            one.Differentiate(alone, gradient);
            ScoreDecay.Add(decay, alone, weights, gradient);
            by.Update(alone, gradient, weights, new float[by.StatePerScore * shape.Count], size);
            for (int n = 0; n < alone.Length; n++) Assert.Equal(alone[n], after[own][n], 1e-6);
            Assert.Equal(Effective(after[own]), effective[own]);
        }

        float[] Effective(float[] of)
        {
            float[] made = new float[of.Length];
            one.Apply(of, weights, one.Threshold(shape, of, shape.FanIn, shape.FanIn), 0, made);
            return made;
        }

        static float[] Host(Tensor tensor) => [.. tensor.cpu().data<float>()];
    }
}
