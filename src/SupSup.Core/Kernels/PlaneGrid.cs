namespace SupSup.Core.Kernels;

/// <summary>
/// Where a kernel over planes finds its pixels. A pixel is sixteen floats, one of each example of a block, so that whatever a plane's
/// size and a window's stride, a register is full and every load is aligned.
/// </summary>
/// <param name="Rows">Rows of the grid that is walked.</param>
/// <param name="Columns">Columns of it.</param>
/// <param name="InRow">Floats in the input from one row of the grid to the next.</param>
/// <param name="InColumn">The same for columns.</param>
/// <param name="OutRow">Floats in the output from one row of the grid to the next.</param>
/// <param name="OutColumn">The same for columns.</param>
/// <param name="OutPlane">Floats from one plane of the output to the next.</param>
internal readonly record struct PlaneGrid(int Rows, int Columns, int InRow, int InColumn, int OutRow, int OutColumn, int OutPlane);
