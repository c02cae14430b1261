using System.Collections.Immutable;

namespace SupSup.Core.Networks;

/// <summary>
/// The residual networks of the paper (He et al. 2015) as texts of steps. "resnet18-20" is the one of Lopez-Paz and Ranzato 2017 (GEM) for
/// pictures of 32x32, with 20 channels at first; "resnet18" and "resnet50" have the shapes of torchvision.
/// </summary>
internal static class ResidualNetworks
{
    private static readonly ImmutableArray<int> Eighteen = [2, 2, 2, 2];
    private static readonly ImmutableArray<int> Fifty = [3, 4, 6, 3];

    /// <summary>For pictures of 32x32: stages of basic blocks, each of twice the channels and half the sides of the one before.</summary>
    public static string Small { get; } = $"conv20-norm-relu-{Stages(Eighteen, 20, 20, Basic)}-average";

    public static string Resnet18 { get; } = $"conv64:7:2-norm-relu-max3:2-{Stages(Eighteen, 64, 64, Basic)}-average";

    public static string Resnet50 { get; } = $"conv64:7:2-norm-relu-max3:2-{Stages(Fifty, 64, 64, Bottleneck)}-average";

    private static string Stages(ImmutableArray<int> blocks, int inputs, int width, Func<int, int, int, (string Text, int Outputs)> block)
    {
        List<string> texts = [];
        for (int stage = 0; stage < blocks.Length; stage++)
        {
            for (int n = 0; n < blocks[stage]; n++)
            {
                (string text, int outputs) = block(inputs, width << stage, n == 0 && stage > 0 ? 2 : 1);
                texts.Add(text);
                inputs = outputs;
            }
        }

        return string.Join('-', texts);
    }

    private static (string Text, int Outputs) Basic(int inputs, int width, int stride) =>
        (Block($"conv{width}:3:{stride}-norm-relu-conv{width}-norm", inputs, width, stride), width);

    private static (string Text, int Outputs) Bottleneck(int inputs, int width, int stride) =>
        (Block($"conv{width}:1-norm-relu-conv{width}:3:{stride}-norm-relu-conv{4 * width}:1-norm", inputs, 4 * width, stride), 4 * width);

    private static string Block(string body, int inputs, int outputs, int stride) =>
        inputs == outputs && stride == 1 ? $"res({body})-relu" : $"res({body}|conv{outputs}:1:{stride}-norm)-relu";
}
