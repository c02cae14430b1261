using System.Collections.Immutable;
using SupSup.Core.Datasets;

namespace SupSup.Experiments.Walkthrough;

/// <summary>What a walk through the method found; its figures show nothing else.</summary>
public sealed record WalkthroughRecord
{
    /// <summary>What was trained and asked.</summary>
    public required WalkthroughSettings Settings { get; init; }

    /// <summary>What a picture is.</summary>
    public required ExampleShape.Pixels Shape { get; init; }

    /// <summary>Number of classes; outputs from there on are superfluous.</summary>
    public required int Classes { get; init; }

    /// <summary>The training of the shown task: cross-entropy of each batch in nats, before its step.</summary>
    public required ImmutableArray<double> Losses { get; init; }

    /// <summary>Its mask at some moments, the last of which is the end.</summary>
    public required ImmutableArray<MaskMoment> Moments { get; init; }

    /// <summary>Of each task's mask the bits of the first unit of the first layer: pixels as the network sees them.</summary>
    public required ImmutableArray<ImmutableArray<bool>> UnitMasks { get; init; }

    /// <summary>Accuracy with the task given, of each task.</summary>
    public required ImmutableArray<double> Accuracies { get; init; }

    /// <summary>The shown picture, row by row: levels from 0 to 1.</summary>
    public required ImmutableArray<double> Picture { get; init; }

    /// <summary>The same as the network sees it: its pixels in the shown task's order.</summary>
    public required ImmutableArray<double> Seen { get; init; }

    /// <summary>Its class.</summary>
    public required int Label { get; init; }

    /// <summary>Probabilities of all outputs for it, all masks superimposed with coefficients 1/k.</summary>
    public required ImmutableArray<double> Superimposed { get; init; }

    /// <summary>The same by each mask alone.</summary>
    public required ImmutableArray<ImmutableArray<double>> Alone { get; init; }

    /// <summary>−∂H/∂α_i for it, of each task i.</summary>
    public required ImmutableArray<double> Descent { get; init; }

    /// <summary>Of pictures of each task (row) and each mask (column): −∂H/∂α_i less its mean over the masks, in their deviations; mean
    /// over the task's pictures.</summary>
    public required ImmutableArray<ImmutableArray<double>> MeanDescents { get; init; }

    /// <summary>For how many of all those pictures −∂H/∂α_i is largest for their own task.</summary>
    public required int Found { get; init; }

    /// <summary>H of the probabilities of all outputs, in nats.</summary>
    /// <param name="probabilities">The probabilities.</param>
    public static double Entropy(ImmutableArray<double> probabilities) => -probabilities.Where(p => p > 0).Sum(p => p * Math.Log(p));
}
