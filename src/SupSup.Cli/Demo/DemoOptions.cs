using System.Collections.Immutable;
using System.IO.Hashing;
using System.Text;
using SupSup.Core.Masks;
using SupSup.Core.Training;

namespace SupSup.Cli.Demo;

/// <summary>What the demo does.</summary>
internal sealed record DemoOptions
{
    public required string Dataset { get; init; }

    public required int Tasks { get; init; }

    public required string Recipe { get; init; }

    public required int? Batches { get; init; }

    public required string Network { get; init; }

    public required ImmutableArray<int> Hidden { get; init; }

    public required int Outputs { get; init; }

    public required string MaskRule { get; init; }

    public required ulong Seed { get; init; }

    /// <summary>Where tasks are trained; see <see cref="SupSup.Grains.Compute.ComputeOptions.Device"/>.</summary>
    public required string Device { get; init; }

    public required string? Objective { get; init; }

    public required bool FirstLayerOnly { get; init; }

    public required int Shortlist { get; init; }

    public required double CertainAbove { get; init; }

    public required int? Images { get; init; }

    public required string? Model { get; init; }

    public required string? Out { get; init; }

    /// <summary>The model's name: what was asked for, or one that says how the demo's model is trained, so
    /// that another setting is another model.</summary>
    public string ModelName => Model
        ?? $"demo-permuted-{DatasetName}-{Network}-s{Outputs}-{RuleName}"
            + $"{Recipe}{(Recipes.Get(Recipe).Revision is > 1 and int revision ? $"-r{revision}" : "")}"
            + $"{(Batches is { } batches ? $"-{batches}" : "")}-seed{Seed}";

    /// <summary>Names what was asked of the model, so that another question does not overwrite the answer to this one.</summary>
    public string RunName =>
        $"{Tasks}-tasks{(Images is { } images ? $"-{images}-images" : "")}-{Objective ?? "auto"}-{(FirstLayerOnly ? "first" : "all")}-"
            + $"{Shortlist}-{CertainAbove}";

    private string RuleName => MaskRule == MaskRules.Default ? "" : $"{MaskRule.Replace(':', '-')}-";

    // A folder's name may hold what a model's name must not, and two folders may share it.
    private string DatasetName => Dataset.Contains(Path.DirectorySeparatorChar)
        ? $"{string.Concat(Path.GetFileName(Dataset).Select(c => char.IsLetterOrDigit(c) ? c : '-'))}-"
            + $"{XxHash32.HashToUInt32(Encoding.UTF8.GetBytes(Dataset)):x8}"
        : Dataset;
}
