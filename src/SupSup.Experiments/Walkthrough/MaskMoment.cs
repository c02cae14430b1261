using System.Collections.Immutable;

namespace SupSup.Experiments.Walkthrough;

/// <summary>A mask in training.</summary>
/// <param name="Batches">Batches that it has seen.</param>
/// <param name="Accuracy">Share of test images that are classified right.</param>
/// <param name="Changed">Of each layer: the share of bits that are not what they were at the start.</param>
/// <param name="ChangedOfPixels">The same share among the first layer's weights of each pixel, pixels in the picture's own order.</param>
public sealed record MaskMoment(
    int Batches, double Accuracy, ImmutableArray<double> Changed, ImmutableArray<double> ChangedOfPixels);
