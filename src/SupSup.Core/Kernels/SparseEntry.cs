namespace SupSup.Core.Kernels;

/// <summary>One value of a sparse row.</summary>
/// <param name="Index">Its column.</param>
/// <param name="Value">Its distance from the background.</param>
internal readonly record struct SparseEntry(int Index, float Value);
