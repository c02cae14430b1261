namespace SupSup.Core.Kernels;

/// <summary>
/// The loops of convolutions over planes, of sparse weights, and of dense gradients of weights. Whatever the registers' width, each
/// lane adds in the same order, so every processor computes the same bits.
/// </summary>
internal unsafe interface IConvolutionKernels
{
    /// <summary>output[p] = scale · (Σ input at p's positive taps − Σ input at its negative ones), for every pixel of the grid.</summary>
    /// <param name="grid">The pixels.</param>
    /// <param name="input">Where a tap of offset 0 of the first pixel is.</param>
    /// <param name="taps">The kept weights.</param>
    /// <param name="scale">The size of a weight.</param>
    /// <param name="adds">Whether to add to what the output has.</param>
    /// <param name="output">The first pixel of the first plane.</param>
    void Correlate(in PlaneGrid grid, float* input, PlaneTaps taps, float scale, bool adds, float* output);

    /// <summary>sums[o, j] += Σ over the grid's pixels of delta[o] · input at offset j, lane by lane.</summary>
    /// <param name="grid">The pixels; its output is the deltas.</param>
    /// <param name="blocks">Blocks of examples to walk.</param>
    /// <param name="deltas">The first pixel of the first plane of the first block.</param>
    /// <param name="deltaBlock">Floats from one block to the next.</param>
    /// <param name="outputs">Planes of deltas.</param>
    /// <param name="input">Where an offset of 0 of the first pixel is.</param>
    /// <param name="inputBlock">Floats from one block to the next.</param>
    /// <param name="offsets">Offsets of the input.</param>
    /// <param name="sums">[outputs, offsets, 16].</param>
    /// <param name="width">Offsets of a row of sums.</param>
    void Outer(
        in PlaneGrid grid, int blocks, float* deltas, nint deltaBlock, int outputs, float* input, nint inputBlock,
        ReadOnlySpan<int> offsets, float* sums, int width);

    /// <summary>The sum of each pixel's lanes.</summary>
    /// <param name="pixels">[count, 16].</param>
    /// <param name="count">How many.</param>
    /// <param name="target">Receives [count].</param>
    void SumPixels(float* pixels, int count, float* target);
}
