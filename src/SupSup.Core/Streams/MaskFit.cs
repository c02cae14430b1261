namespace SupSup.Core.Streams;

/// <summary>How one mask does on a labelled batch of unknown task.</summary>
/// <param name="Mask">The mask.</param>
/// <param name="Accuracy">Share of the batch that it classifies right.</param>
/// <param name="Usual">The same on a batch of what it was trained for.</param>
public readonly record struct MaskFit(int Mask, double Accuracy, double Usual);
