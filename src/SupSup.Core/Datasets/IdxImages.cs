namespace SupSup.Core.Datasets;

/// <summary>What an IDX file of images holds.</summary>
/// <param name="Count">Number of images, at least 1.</param>
/// <param name="Rows">Height of an image in pixels, at least 1.</param>
/// <param name="Columns">Width of an image in pixels, at least 1.</param>
/// <param name="Pixels">Grey levels 0..255, <c>[Count, Rows * Columns]</c>, row-major.</param>
public sealed record IdxImages(int Count, int Rows, int Columns, byte[] Pixels);
