namespace SupSup.Core.Kernels;

/// <summary>The pixels of one plane of a block.</summary>
/// <param name="Rows">Rows.</param>
/// <param name="Floats">Floats of a row.</param>
/// <param name="Row">Floats from one row to the next.</param>
internal readonly record struct PlaneRun(int Rows, int Floats, int Row);
