using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SupSup.Core.Kernels;

/// <summary>The kernels of convolutions, in registers of one width.</summary>
internal sealed unsafe class ConvolutionKernels<TVector> : IConvolutionKernels
    where TVector : unmanaged, IFloatVector<TVector>
{
    private const int Pixel = 16;

    private static int PerPixel => Pixel / TVector.Count;

    public void Correlate(in PlaneGrid grid, float* input, PlaneTaps taps, float scale, bool adds, float* output)
    {
        switch (grid.InColumn / Pixel, grid.OutColumn / Pixel)
        {
            case (1, 1): Rows<One, One>(grid, input, taps, scale, adds, output); break;
            case (2, 1): Rows<Two, One>(grid, input, taps, scale, adds, output); break;
            case (1, 2): Rows<One, Two>(grid, input, taps, scale, adds, output); break;
            default: Pixels(grid, input, taps, scale, adds, output); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Outer(
        in PlaneGrid grid, int blocks, float* deltas, nint deltaBlock, int outputs, float* input, nint inputBlock,
        ReadOnlySpan<int> offsets, float* sums, int width)
    {
        // What a tile has too much is its last row or column again: it computes the same, and stores it twice.
        bool isWide = Vector512.IsHardwareAccelerated && TVector.Count == Pixel;
        int step = isWide ? 6 : 3;
        float** delta = stackalloc float*[4];
        float** target = stackalloc float*[4];
        float** from = stackalloc float*[6];
        int* at = stackalloc int[6];
        for (int o = 0; o < outputs; o += 4)
        {
            for (int n = 0; n < 4; n++)
            {
                int output = Math.Min(o + n, outputs - 1);
                delta[n] = deltas + ((nint)output * grid.OutPlane);
                target[n] = sums + ((nint)output * width * Pixel);
            }

            for (int j = 0; j < offsets.Length; j += step)
            {
                for (int n = 0; n < step; n++)
                {
                    at[n] = Math.Min(j + n, offsets.Length - 1);
                    from[n] = input + offsets[at[n]];
                }

                for (int lanes = 0; lanes < Pixel; lanes += TVector.Count)
                {
                    if (isWide) Outer4x6(grid, blocks, delta, deltaBlock, from, inputBlock, target, at);
                    else Outer4x3(grid, blocks, delta, deltaBlock, from, inputBlock, target, at, lanes);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void SumPixels(float* pixels, int count, float* target)
    {
        float* lanes = stackalloc float[Pixel];
        for (int n = 0; n < count; n++)
        {
            Sixteen<TVector> pixel = default;
            pixel.Add(pixels + ((nint)n * Pixel));
            target[n] = pixel.Sum(lanes);
        }
    }

    // A few columns of all planes after one another: what their windows look at stays in the first-level cache, or nearly.
    private static void Rows<TIn, TOut>(in PlaneGrid grid, float* input, PlaneTaps taps, float scale, bool adds, float* output)
        where TIn : struct, IStride
        where TOut : struct, IStride
    {
        // Columns of eight registers, and of four; none where they are less than a pixel.
        (int eight, int four) = (8 / PerPixel, 4 / PerPixel);
        fixed (int* offsets = taps.Offsets)
        {
            for (int row = 0; row < grid.Rows; row++)
            {
                for (int column = 0, columns; column < grid.Columns; column += columns)
                {
                    int left = grid.Columns - column;
                    columns = eight > 0 && left >= eight ? eight : four > 0 && left >= four ? four : 1;
                    float* from = input + ((nint)row * grid.InRow) + (column * TIn.Floats);
                    float* to = output + ((nint)row * grid.OutRow) + (column * TOut.Floats);
                    for (int plane = 0; plane < taps.Planes; plane++, to += grid.OutPlane)
                    {
                        int* begin = offsets + taps.Start(plane), end = offsets + taps.Start(plane + 1);
                        int* negative = offsets + taps.Negatives(plane);
                        if (columns == eight) Correlate8<TIn, TOut>(from, begin, negative, end, scale, adds, to);
                        else if (columns == four) Correlate4<TIn, TOut>(from, begin, negative, end, scale, adds, to);
                        else CorrelatePixel(from, begin, negative, end, scale, adds, to);
                    }
                }
            }
        }
    }

    private static void Pixels(in PlaneGrid grid, float* input, PlaneTaps taps, float scale, bool adds, float* output)
    {
        fixed (int* offsets = taps.Offsets)
        {
            for (int plane = 0; plane < taps.Planes; plane++)
            {
                int* begin = offsets + taps.Start(plane), end = offsets + taps.Start(plane + 1);
                int* negative = offsets + taps.Negatives(plane);
                for (int row = 0; row < grid.Rows; row++)
                {
                    for (int column = 0; column < grid.Columns; column++)
                    {
                        CorrelatePixel(
                            input + ((nint)row * grid.InRow) + ((nint)column * grid.InColumn), begin, negative, end, scale, adds,
                            output + ((nint)plane * grid.OutPlane) + ((nint)row * grid.OutRow) + ((nint)column * grid.OutColumn));
                    }
                }
            }
        }
    }

    // Where register n of a run of pixels that are so far apart lies.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int At<TStride>(int n)
        where TStride : struct, IStride => (n / PerPixel * TStride.Floats) + (n % PerPixel * TVector.Count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Sum(float* sums, int offset) => TVector.Load(sums + ((nint)offset * Pixel));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(TVector sum, TVector scale, bool adds, float* to) =>
        TVector.Store(adds ? TVector.MultiplyAdd(sum, scale, TVector.Load(to)) : sum * scale, to);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CorrelatePixel(float* from, int* begin, int* negative, int* end, float scale, bool adds, float* to)
    {
        for (int lanes = 0; lanes < Pixel; lanes += TVector.Count)
        {
            TVector sum = TVector.Create(0);
            int* tap = begin;
            for (; tap < negative; tap++) sum += TVector.Load(from + *tap + lanes);
            for (; tap < end; tap++) sum -= TVector.Load(from + *tap + lanes);
            Put(sum, TVector.Create(scale), adds, to + lanes);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Correlate8<TIn, TOut>(float* from, int* begin, int* negative, int* end, float scale, bool adds, float* to)
        where TIn : struct, IStride
        where TOut : struct, IStride
    {
        TVector a = TVector.Create(0), b = TVector.Create(0), c = TVector.Create(0), d = TVector.Create(0);
        TVector e = TVector.Create(0), f = TVector.Create(0), g = TVector.Create(0), h = TVector.Create(0);
        int* tap = begin;
        for (; tap < negative; tap++)
        {
            float* at = from + *tap;
            a += TVector.Load(at + At<TIn>(0));
            b += TVector.Load(at + At<TIn>(1));
            c += TVector.Load(at + At<TIn>(2));
            d += TVector.Load(at + At<TIn>(3));
            e += TVector.Load(at + At<TIn>(4));
            f += TVector.Load(at + At<TIn>(5));
            g += TVector.Load(at + At<TIn>(6));
            h += TVector.Load(at + At<TIn>(7));
        }

        for (; tap < end; tap++)
        {
            float* at = from + *tap;
            a -= TVector.Load(at + At<TIn>(0));
            b -= TVector.Load(at + At<TIn>(1));
            c -= TVector.Load(at + At<TIn>(2));
            d -= TVector.Load(at + At<TIn>(3));
            e -= TVector.Load(at + At<TIn>(4));
            f -= TVector.Load(at + At<TIn>(5));
            g -= TVector.Load(at + At<TIn>(6));
            h -= TVector.Load(at + At<TIn>(7));
        }

        TVector size = TVector.Create(scale);
        Put(a, size, adds, to + At<TOut>(0));
        Put(b, size, adds, to + At<TOut>(1));
        Put(c, size, adds, to + At<TOut>(2));
        Put(d, size, adds, to + At<TOut>(3));
        Put(e, size, adds, to + At<TOut>(4));
        Put(f, size, adds, to + At<TOut>(5));
        Put(g, size, adds, to + At<TOut>(6));
        Put(h, size, adds, to + At<TOut>(7));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Correlate4<TIn, TOut>(float* from, int* begin, int* negative, int* end, float scale, bool adds, float* to)
        where TIn : struct, IStride
        where TOut : struct, IStride
    {
        TVector a = TVector.Create(0), b = TVector.Create(0), c = TVector.Create(0), d = TVector.Create(0);
        int* tap = begin;
        for (; tap < negative; tap++)
        {
            float* at = from + *tap;
            a += TVector.Load(at + At<TIn>(0));
            b += TVector.Load(at + At<TIn>(1));
            c += TVector.Load(at + At<TIn>(2));
            d += TVector.Load(at + At<TIn>(3));
        }

        for (; tap < end; tap++)
        {
            float* at = from + *tap;
            a -= TVector.Load(at + At<TIn>(0));
            b -= TVector.Load(at + At<TIn>(1));
            c -= TVector.Load(at + At<TIn>(2));
            d -= TVector.Load(at + At<TIn>(3));
        }

        TVector size = TVector.Create(scale);
        Put(a, size, adds, to + At<TOut>(0));
        Put(b, size, adds, to + At<TOut>(1));
        Put(c, size, adds, to + At<TOut>(2));
        Put(d, size, adds, to + At<TOut>(3));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Outer4x6(
        in PlaneGrid grid, int blocks, float** delta, nint deltaBlock, float** from, nint inputBlock, float** target, int* at)
    {
        float* t0 = target[0];
        float* t1 = target[1];
        float* t2 = target[2];
        float* t3 = target[3];
        TVector s00 = Sum(t0, at[0]), s01 = Sum(t0, at[1]), s02 = Sum(t0, at[2]);
        TVector s03 = Sum(t0, at[3]), s04 = Sum(t0, at[4]), s05 = Sum(t0, at[5]);
        TVector s10 = Sum(t1, at[0]), s11 = Sum(t1, at[1]), s12 = Sum(t1, at[2]);
        TVector s13 = Sum(t1, at[3]), s14 = Sum(t1, at[4]), s15 = Sum(t1, at[5]);
        TVector s20 = Sum(t2, at[0]), s21 = Sum(t2, at[1]), s22 = Sum(t2, at[2]);
        TVector s23 = Sum(t2, at[3]), s24 = Sum(t2, at[4]), s25 = Sum(t2, at[5]);
        TVector s30 = Sum(t3, at[0]), s31 = Sum(t3, at[1]), s32 = Sum(t3, at[2]);
        TVector s33 = Sum(t3, at[3]), s34 = Sum(t3, at[4]), s35 = Sum(t3, at[5]);
        nint inColumn = grid.InColumn;
        for (int block = 0; block < blocks; block++)
        {
            for (int row = 0; row < grid.Rows; row++)
            {
                nint down = (block * deltaBlock) + ((nint)row * grid.OutRow);
                nint across = (block * inputBlock) + ((nint)row * grid.InRow);
                float* d0 = delta[0] + down, d1 = delta[1] + down, d2 = delta[2] + down, d3 = delta[3] + down;
                float* x0 = from[0] + across, x1 = from[1] + across, x2 = from[2] + across;
                float* x3 = from[3] + across, x4 = from[4] + across, x5 = from[5] + across;
                for (nint column = 0, x = 0; column < (nint)grid.Columns * Pixel; column += Pixel, x += inColumn)
                {
                    TVector v0 = TVector.Load(d0 + column), v1 = TVector.Load(d1 + column);
                    TVector v2 = TVector.Load(d2 + column), v3 = TVector.Load(d3 + column);
                    TVector value = TVector.Load(x0 + x);
                    s00 = TVector.MultiplyAdd(v0, value, s00);
                    s10 = TVector.MultiplyAdd(v1, value, s10);
                    s20 = TVector.MultiplyAdd(v2, value, s20);
                    s30 = TVector.MultiplyAdd(v3, value, s30);
                    value = TVector.Load(x1 + x);
                    s01 = TVector.MultiplyAdd(v0, value, s01);
                    s11 = TVector.MultiplyAdd(v1, value, s11);
                    s21 = TVector.MultiplyAdd(v2, value, s21);
                    s31 = TVector.MultiplyAdd(v3, value, s31);
                    value = TVector.Load(x2 + x);
                    s02 = TVector.MultiplyAdd(v0, value, s02);
                    s12 = TVector.MultiplyAdd(v1, value, s12);
                    s22 = TVector.MultiplyAdd(v2, value, s22);
                    s32 = TVector.MultiplyAdd(v3, value, s32);
                    value = TVector.Load(x3 + x);
                    s03 = TVector.MultiplyAdd(v0, value, s03);
                    s13 = TVector.MultiplyAdd(v1, value, s13);
                    s23 = TVector.MultiplyAdd(v2, value, s23);
                    s33 = TVector.MultiplyAdd(v3, value, s33);
                    value = TVector.Load(x4 + x);
                    s04 = TVector.MultiplyAdd(v0, value, s04);
                    s14 = TVector.MultiplyAdd(v1, value, s14);
                    s24 = TVector.MultiplyAdd(v2, value, s24);
                    s34 = TVector.MultiplyAdd(v3, value, s34);
                    value = TVector.Load(x5 + x);
                    s05 = TVector.MultiplyAdd(v0, value, s05);
                    s15 = TVector.MultiplyAdd(v1, value, s15);
                    s25 = TVector.MultiplyAdd(v2, value, s25);
                    s35 = TVector.MultiplyAdd(v3, value, s35);
                }
            }
        }

        TVector.Store(s00, t0 + (at[0] * Pixel));
        TVector.Store(s01, t0 + (at[1] * Pixel));
        TVector.Store(s02, t0 + (at[2] * Pixel));
        TVector.Store(s03, t0 + (at[3] * Pixel));
        TVector.Store(s04, t0 + (at[4] * Pixel));
        TVector.Store(s05, t0 + (at[5] * Pixel));
        TVector.Store(s10, t1 + (at[0] * Pixel));
        TVector.Store(s11, t1 + (at[1] * Pixel));
        TVector.Store(s12, t1 + (at[2] * Pixel));
        TVector.Store(s13, t1 + (at[3] * Pixel));
        TVector.Store(s14, t1 + (at[4] * Pixel));
        TVector.Store(s15, t1 + (at[5] * Pixel));
        TVector.Store(s20, t2 + (at[0] * Pixel));
        TVector.Store(s21, t2 + (at[1] * Pixel));
        TVector.Store(s22, t2 + (at[2] * Pixel));
        TVector.Store(s23, t2 + (at[3] * Pixel));
        TVector.Store(s24, t2 + (at[4] * Pixel));
        TVector.Store(s25, t2 + (at[5] * Pixel));
        TVector.Store(s30, t3 + (at[0] * Pixel));
        TVector.Store(s31, t3 + (at[1] * Pixel));
        TVector.Store(s32, t3 + (at[2] * Pixel));
        TVector.Store(s33, t3 + (at[3] * Pixel));
        TVector.Store(s34, t3 + (at[4] * Pixel));
        TVector.Store(s35, t3 + (at[5] * Pixel));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Outer4x3(
        in PlaneGrid grid, int blocks, float** delta, nint deltaBlock, float** from, nint inputBlock, float** target, int* at, int lanes)
    {
        float* t0 = target[0] + lanes;
        float* t1 = target[1] + lanes;
        float* t2 = target[2] + lanes;
        float* t3 = target[3] + lanes;
        TVector s00 = Sum(t0, at[0]), s01 = Sum(t0, at[1]), s02 = Sum(t0, at[2]);
        TVector s10 = Sum(t1, at[0]), s11 = Sum(t1, at[1]), s12 = Sum(t1, at[2]);
        TVector s20 = Sum(t2, at[0]), s21 = Sum(t2, at[1]), s22 = Sum(t2, at[2]);
        TVector s30 = Sum(t3, at[0]), s31 = Sum(t3, at[1]), s32 = Sum(t3, at[2]);
        nint inColumn = grid.InColumn;
        for (int block = 0; block < blocks; block++)
        {
            for (int row = 0; row < grid.Rows; row++)
            {
                nint down = (block * deltaBlock) + ((nint)row * grid.OutRow) + lanes;
                nint across = (block * inputBlock) + ((nint)row * grid.InRow) + lanes;
                float* d0 = delta[0] + down, d1 = delta[1] + down, d2 = delta[2] + down, d3 = delta[3] + down;
                float* x0 = from[0] + across, x1 = from[1] + across, x2 = from[2] + across;
                for (nint column = 0, x = 0; column < (nint)grid.Columns * Pixel; column += Pixel, x += inColumn)
                {
                    TVector v0 = TVector.Load(d0 + column), v1 = TVector.Load(d1 + column);
                    TVector v2 = TVector.Load(d2 + column), v3 = TVector.Load(d3 + column);
                    TVector value = TVector.Load(x0 + x);
                    s00 = TVector.MultiplyAdd(v0, value, s00);
                    s10 = TVector.MultiplyAdd(v1, value, s10);
                    s20 = TVector.MultiplyAdd(v2, value, s20);
                    s30 = TVector.MultiplyAdd(v3, value, s30);
                    value = TVector.Load(x1 + x);
                    s01 = TVector.MultiplyAdd(v0, value, s01);
                    s11 = TVector.MultiplyAdd(v1, value, s11);
                    s21 = TVector.MultiplyAdd(v2, value, s21);
                    s31 = TVector.MultiplyAdd(v3, value, s31);
                    value = TVector.Load(x2 + x);
                    s02 = TVector.MultiplyAdd(v0, value, s02);
                    s12 = TVector.MultiplyAdd(v1, value, s12);
                    s22 = TVector.MultiplyAdd(v2, value, s22);
                    s32 = TVector.MultiplyAdd(v3, value, s32);
                }
            }
        }

        TVector.Store(s00, t0 + (at[0] * Pixel));
        TVector.Store(s01, t0 + (at[1] * Pixel));
        TVector.Store(s02, t0 + (at[2] * Pixel));
        TVector.Store(s10, t1 + (at[0] * Pixel));
        TVector.Store(s11, t1 + (at[1] * Pixel));
        TVector.Store(s12, t1 + (at[2] * Pixel));
        TVector.Store(s20, t2 + (at[0] * Pixel));
        TVector.Store(s21, t2 + (at[1] * Pixel));
        TVector.Store(s22, t2 + (at[2] * Pixel));
        TVector.Store(s30, t3 + (at[0] * Pixel));
        TVector.Store(s31, t3 + (at[1] * Pixel));
        TVector.Store(s32, t3 + (at[2] * Pixel));
    }

    /// <summary>How far apart the pixels of a run are, known to the compiler.</summary>
    private interface IStride
    {
        static abstract int Floats { get; }
    }

    private readonly struct One : IStride
    {
        public static int Floats => Pixel;
    }

    private readonly struct Two : IStride
    {
        public static int Floats => 2 * Pixel;
    }
}
