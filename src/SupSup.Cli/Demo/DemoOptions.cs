using System.Collections.Immutable;

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

    public required ulong Seed { get; init; }

    public required string? Objective { get; init; }

    public required bool FirstLayerOnly { get; init; }

    public required int Shortlist { get; init; }

    public required double CertainAbove { get; init; }

    public required int? Images { get; init; }

    public required string? Model { get; init; }

    public required string? Out { get; init; }

    /// <summary>The model's name: what was asked for, or one that says how the demo's model is trained, so that another setting is another model.</summary>
    public string ModelName => Model
        ?? $"demo-permuted-{DatasetName}-{Network}-s{Outputs}-{Recipe}{(Batches is { } batches ? $"-{batches}" : "")}-seed{Seed}";

    // A folder's name may hold what a model's name must not.
    private string DatasetName => string.Concat(Path.GetFileName(Path.TrimEndingDirectorySeparator(Dataset)).Select(c => char.IsLetterOrDigit(c) ? c : '-'));
}
