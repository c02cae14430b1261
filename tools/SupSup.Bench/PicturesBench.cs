using SupSup.Core.Engines;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Training;
using SupSup.Peers;
using TorchSharp;

namespace SupSup.Bench;

/// <summary>A network over pictures: a masked training step and masked answers against the dense network of a TorchSharp user.</summary>
internal static class PicturesBench
{
    private const int Rows = 128;
    private const int Steps = 6;
    private const int ManyPictures = 64;

    private static readonly FixedNetwork Network = new(Plans.Parse("resnet18-20/3x32x32-5"), 1);
    private static readonly IMaskRule Rule = MaskRules.Get("top-k:er-16");

    /// <summary>Measures.</summary>
    public static void Run(BenchOptions options, BenchReport report, CancellationToken cancellationToken)
    {
        TunedMalloc.Apply();
        double[] times = PinnedThread.Run(0, () => Measure(options, cancellationToken));
        for (int n = 0; n < 3; n++)
        {
            (double ours, double plain) = (times[2 * n], times[(2 * n) + 1]);
            (string key, string what, double must, double aim) = n switch
            {
                0 => ("pictureStepOverDense", "masked training step of ResNet-18 (20 channels), batch of 128 / plain dense step", 1.1, 0.8),
                1 => ("pictureOverDense", "one picture by a stored k = 16 mask / plain dense network", 1.0, 0.3),
                _ => ("picturesOverDense", $"{ManyPictures} pictures by a stored k = 16 mask / plain dense network", 1.0, 0.3),
            };
            report.AtMost(key, what, ours / plain, must, aim, $"{ours:F2} ms / {plain:F2} ms");
        }
    }

    private static double[] Measure(BenchOptions options, CancellationToken cancellationToken)
    {
        PlainTorch.OnThisThread();
        Random random = new(1);
        float[] inputs = [.. Enumerable.Range(0, Rows * Network.Plan.Inputs).Select(_ => (float)((4 * random.NextDouble()) - 2))];
        int[] labels = [.. Enumerable.Range(0, Rows).Select(row => row % Network.Plan.Outputs)];
        Recipe recipe = Recipes.Get("sparse-paper");
        using TrainingSession session = new(Network, Rule, recipe, 1);
        using PlainPictures plain = new(Network.Plan);
        using torch.Tensor tensor = torch.tensor(inputs, [Rows, Network.Plan.Inputs]);
        using torch.Tensor classes = torch.tensor(labels.Select(label => (long)label).ToArray());
        session.Step(inputs, labels);

        // As it is stored: opening decodes the mask and makes what its kept weights are, once.
        byte[] file = MaskFile.Write(Network, session.Mask());
        using IMaskedNetwork masked = NetworkEngines.Open(Network, MaskFile.Read(Network, file, "of the benchmark"));
        float[] one = inputs[..Network.Plan.Inputs], many = inputs[..(ManyPictures * Network.Plan.Inputs)];
        return Rounds.Medians(
            options.Rounds,
            cancellationToken,
            () => Rounds.Each(Steps, _ => session.Step(inputs, labels)),
            () => Rounds.Each(Steps, _ => plain.Step(tensor, classes)),
            () => Rounds.Each(10 * Steps, _ => masked.Logits(one, 1)),
            () => Rounds.Each(10 * Steps, _ => plain.Logits(one, 1)),
            () => Rounds.Each(Steps, _ => masked.Logits(many, ManyPictures)),
            () => Rounds.Each(Steps, _ => plain.Logits(many, ManyPictures)));
    }
}
