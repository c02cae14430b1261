using SupSup.Core.Kernels;

namespace SupSup.Core.Inference;

/// <summary>An image by what differs from its background.</summary>
/// <param name="Background">The value that most inputs have, or zero.</param>
/// <param name="Entries">The others, minus the background, by ascending input.</param>
internal sealed record SparseImage(float Background, SparseEntry[] Entries);
