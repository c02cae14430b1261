using System.Numerics;
using System.Runtime.CompilerServices;

namespace SupSup.Core.Kernels;

/// <summary>
/// The kernels over registers of one width. Compiled with all optimisations at first use: a training is over before
/// tiered compilation would have found out which loops matter.
/// </summary>
internal sealed unsafe class StepKernels<TVector> : IStepKernels
    where TVector : unmanaged, IFloatVector<TVector>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int Sparsify(float* row, int columns, float background, SparseEntry* entries)
    {
        TVector backgrounds = TVector.Create(background);
        int found = 0;
        int column = 0;
        for (; column <= columns - TVector.Count; column += TVector.Count)
        {
            for (uint differ = TVector.Differ(TVector.Load(row + column), backgrounds); differ != 0; differ &= differ - 1)
            {
                int at = column + BitOperations.TrailingZeroCount(differ);
                entries[found++] = new SparseEntry(at, row[at] - background);
            }
        }

        for (; column < columns; column++)
            if (row[column] != background) entries[found++] = new SparseEntry(column, row[column] - background);
        return found;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Rectify(float* values, int count)
    {
        TVector zero = TVector.Create(0);
        for (int at = 0; at < count; at += TVector.Count) TVector.Store(TVector.Max(TVector.Load(values + at), zero), values + at);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Gate(float* outputs, float* gradients, int count)
    {
        for (int at = 0; at < count; at += TVector.Count)
            TVector.Store(TVector.WherePositive(TVector.Load(outputs + at), TVector.Load(gradients + at)), gradients + at);
    }

    // A panel of eight registers is the outer loop: its part of the matrix stays in the second-level cache while all
    // rows pass, and eight sums in flight hide the latency of the multiply-adds.
    public void Multiply(SparseRows rows, int from, int to, float* matrix, int width, float* initial, int initialStride, float* output)
    {
        ReadOnlySpan<int> counts = rows.Counts;
        for (int at = 0; at < width;)
        {
            int left = (width - at) / TVector.Count;
            int registers = left >= 8 ? 8 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
            for (int row = from; row < to; row++)
            {
                float* first = initial == null ? null : initial + ((nint)(row - from) * initialStride) + at;
                float* target = output + ((long)(row - from) * width) + at;
                switch (registers)
                {
                    case 8:
                        Multiply8(rows.Row(row), counts[row], matrix + at, width, first, target);
                        break;
                    case 4:
                        Multiply4(rows.Row(row), counts[row], matrix + at, width, first, target);
                        break;
                    case 2:
                        Multiply2(rows.Row(row), counts[row], matrix + at, width, first, target);
                        break;
                    default:
                        Multiply1(rows.Row(row), counts[row], matrix + at, width, first, target);
                        break;
                }
            }

            at += registers * TVector.Count;
        }
    }

    // Tiles of four rows by up to four registers: each load of the matrix serves four multiply-adds, each of the left
    // side up to four, and sixteen sums in flight hide the latency.
    public void MultiplyDense(float* left, int rowStride, int stride, int rows, int inner, float* matrix, int width, float* output)
    {
        for (int at = 0; at < width;)
        {
            int rest = (width - at) / TVector.Count;
            int registers = rest >= 4 ? 4 : rest >= 2 ? 2 : 1;
            int row = 0;
            for (; row <= rows - 4; row += 4)
            {
                float* l = left + ((nint)row * rowStride);
                float* o = output + ((nint)row * width) + at;
                switch (registers)
                {
                    case 4:
                        Tile4x4(l, rowStride, stride, inner, matrix + at, width, o);
                        break;
                    case 2:
                        Tile4x2(l, rowStride, stride, inner, matrix + at, width, o);
                        break;
                    default:
                        Tile4x1(l, rowStride, stride, inner, matrix + at, width, o);
                        break;
                }
            }

            for (; row < rows; row++)
                for (int r = 0; r < registers; r++)
                    Tile1x1(left + ((nint)row * rowStride), stride, inner, matrix + at + (r * TVector.Count), width,
                        output + ((nint)row * width) + at + (r * TVector.Count));
            at += registers * TVector.Count;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Transpose(float* source, int rows, int width, int columns, float* target, int targetWidth)
    {
        // Eight by eight, so that what is read and written stays in a few lines.
        for (int r = 0; r < rows; r += 8)
            for (int c = 0; c < columns; c += 8)
                for (int y = r; y < Math.Min(r + 8, rows); y++)
                    for (int x = c; x < Math.Min(c + 8, columns); x++) target[((nint)x * targetWidth) + y] = source[((nint)y * width) + x];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void SumRows(float* matrix, int rows, int width, float* sum)
    {
        for (int at = 0; at < width; at += TVector.Count)
        {
            TVector total = TVector.Create(0);
            for (int row = 0; row < rows; row++) total += TVector.Load(matrix + ((long)row * width) + at);
            TVector.Store(total, sum + at);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public double CrossEntropy(float* logits, int outputs, int width, int label, float share, float* gradient)
    {
        float* scratch = stackalloc float[16];
        float max = float.NegativeInfinity;
        TVector most = TVector.Create(float.NegativeInfinity);
        int at = 0;
        for (; at <= outputs - TVector.Count; at += TVector.Count) most = TVector.Max(most, TVector.Load(logits + at));
        TVector.Store(most, scratch);
        for (int lane = 0; lane < TVector.Count; lane++) max = MathF.Max(max, scratch[lane]);
        for (; at < outputs; at++) max = MathF.Max(max, logits[at]);

        TVector maxima = TVector.Create(max);
        for (at = 0; at < width; at += TVector.Count)
            TVector.Store(TVector.ExpOfNegative(TVector.Load(logits + at) - maxima), gradient + at);
        new Span<float>(gradient + outputs, width - outputs).Clear();
        Sixteen<TVector> parts = default;
        for (at = 0; at < width; at += 16) parts.Add(gradient + at);
        float sum = parts.Sum(scratch);
        TVector factor = TVector.Create(share / sum);
        for (at = 0; at < width; at += TVector.Count) TVector.Store(TVector.Load(gradient + at) * factor, gradient + at);
        gradient[label] -= share;
        return Math.Log(sum) + max - logits[label];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector First(float* initial, int register) =>
        initial == null ? TVector.Create(0) : TVector.Load(initial + (register * TVector.Count));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile4x4(float* left, int rowStride, int stride, int inner, float* matrix, int width, float* output)
    {
        int n = TVector.Count;
        TVector s00 = TVector.Create(0), s01 = TVector.Create(0), s02 = TVector.Create(0), s03 = TVector.Create(0);
        TVector s10 = TVector.Create(0), s11 = TVector.Create(0), s12 = TVector.Create(0), s13 = TVector.Create(0);
        TVector s20 = TVector.Create(0), s21 = TVector.Create(0), s22 = TVector.Create(0), s23 = TVector.Create(0);
        TVector s30 = TVector.Create(0), s31 = TVector.Create(0), s32 = TVector.Create(0), s33 = TVector.Create(0);
        for (int k = 0; k < inner; k++, left += stride, matrix += width)
        {
            TVector m0 = TVector.Load(matrix), m1 = TVector.Load(matrix + n), m2 = TVector.Load(matrix + (2 * n)), m3 =
                TVector.Load(matrix + (3 * n));
            TVector value = TVector.Create(left[0]);
            s00 = TVector.MultiplyAdd(value, m0, s00);
            s01 = TVector.MultiplyAdd(value, m1, s01);
            s02 = TVector.MultiplyAdd(value, m2, s02);
            s03 = TVector.MultiplyAdd(value, m3, s03);
            value = TVector.Create(left[rowStride]);
            s10 = TVector.MultiplyAdd(value, m0, s10);
            s11 = TVector.MultiplyAdd(value, m1, s11);
            s12 = TVector.MultiplyAdd(value, m2, s12);
            s13 = TVector.MultiplyAdd(value, m3, s13);
            value = TVector.Create(left[2 * rowStride]);
            s20 = TVector.MultiplyAdd(value, m0, s20);
            s21 = TVector.MultiplyAdd(value, m1, s21);
            s22 = TVector.MultiplyAdd(value, m2, s22);
            s23 = TVector.MultiplyAdd(value, m3, s23);
            value = TVector.Create(left[3 * rowStride]);
            s30 = TVector.MultiplyAdd(value, m0, s30);
            s31 = TVector.MultiplyAdd(value, m1, s31);
            s32 = TVector.MultiplyAdd(value, m2, s32);
            s33 = TVector.MultiplyAdd(value, m3, s33);
        }

        TVector.Store(s00, output);
        TVector.Store(s01, output + n);
        TVector.Store(s02, output + (2 * n));
        TVector.Store(s03, output + (3 * n));
        output += width;
        TVector.Store(s10, output);
        TVector.Store(s11, output + n);
        TVector.Store(s12, output + (2 * n));
        TVector.Store(s13, output + (3 * n));
        output += width;
        TVector.Store(s20, output);
        TVector.Store(s21, output + n);
        TVector.Store(s22, output + (2 * n));
        TVector.Store(s23, output + (3 * n));
        output += width;
        TVector.Store(s30, output);
        TVector.Store(s31, output + n);
        TVector.Store(s32, output + (2 * n));
        TVector.Store(s33, output + (3 * n));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile4x2(float* left, int rowStride, int stride, int inner, float* matrix, int width, float* output)
    {
        int n = TVector.Count;
        TVector s00 = TVector.Create(0), s01 = TVector.Create(0);
        TVector s10 = TVector.Create(0), s11 = TVector.Create(0);
        TVector s20 = TVector.Create(0), s21 = TVector.Create(0);
        TVector s30 = TVector.Create(0), s31 = TVector.Create(0);
        for (int k = 0; k < inner; k++, left += stride, matrix += width)
        {
            TVector m0 = TVector.Load(matrix), m1 = TVector.Load(matrix + n);
            TVector value = TVector.Create(left[0]);
            s00 = TVector.MultiplyAdd(value, m0, s00);
            s01 = TVector.MultiplyAdd(value, m1, s01);
            value = TVector.Create(left[rowStride]);
            s10 = TVector.MultiplyAdd(value, m0, s10);
            s11 = TVector.MultiplyAdd(value, m1, s11);
            value = TVector.Create(left[2 * rowStride]);
            s20 = TVector.MultiplyAdd(value, m0, s20);
            s21 = TVector.MultiplyAdd(value, m1, s21);
            value = TVector.Create(left[3 * rowStride]);
            s30 = TVector.MultiplyAdd(value, m0, s30);
            s31 = TVector.MultiplyAdd(value, m1, s31);
        }

        TVector.Store(s00, output);
        TVector.Store(s01, output + n);
        output += width;
        TVector.Store(s10, output);
        TVector.Store(s11, output + n);
        output += width;
        TVector.Store(s20, output);
        TVector.Store(s21, output + n);
        output += width;
        TVector.Store(s30, output);
        TVector.Store(s31, output + n);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile4x1(float* left, int rowStride, int stride, int inner, float* matrix, int width, float* output)
    {
        int n = TVector.Count;
        TVector s00 = TVector.Create(0);
        TVector s10 = TVector.Create(0);
        TVector s20 = TVector.Create(0);
        TVector s30 = TVector.Create(0);
        for (int k = 0; k < inner; k++, left += stride, matrix += width)
        {
            TVector m0 = TVector.Load(matrix);
            TVector value = TVector.Create(left[0]);
            s00 = TVector.MultiplyAdd(value, m0, s00);
            value = TVector.Create(left[rowStride]);
            s10 = TVector.MultiplyAdd(value, m0, s10);
            value = TVector.Create(left[2 * rowStride]);
            s20 = TVector.MultiplyAdd(value, m0, s20);
            value = TVector.Create(left[3 * rowStride]);
            s30 = TVector.MultiplyAdd(value, m0, s30);
        }

        TVector.Store(s00, output);
        output += width;
        TVector.Store(s10, output);
        output += width;
        TVector.Store(s20, output);
        output += width;
        TVector.Store(s30, output);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile1x1(float* left, int stride, int inner, float* matrix, int width, float* output)
    {
        TVector sum = TVector.Create(0);
        for (int k = 0; k < inner; k++, left += stride, matrix += width)
            sum = TVector.MultiplyAdd(TVector.Create(*left), TVector.Load(matrix), sum);
        TVector.Store(sum, output);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply8(SparseEntry* entry, int count, float* matrix, int width, float* initial, float* output)
    {
        int n = TVector.Count;
        TVector a = First(initial, 0), b = First(initial, 1), c = First(initial, 2), d = First(initial, 3);
        TVector e = First(initial, 4), f = First(initial, 5), g = First(initial, 6), h = First(initial, 7);
        for (SparseEntry* end = entry + count; entry < end; entry++)
        {
            float* row = matrix + ((nint)entry->Index * width);
            TVector value = TVector.Create(entry->Value);
            a = TVector.MultiplyAdd(value, TVector.Load(row), a);
            b = TVector.MultiplyAdd(value, TVector.Load(row + n), b);
            c = TVector.MultiplyAdd(value, TVector.Load(row + (2 * n)), c);
            d = TVector.MultiplyAdd(value, TVector.Load(row + (3 * n)), d);
            e = TVector.MultiplyAdd(value, TVector.Load(row + (4 * n)), e);
            f = TVector.MultiplyAdd(value, TVector.Load(row + (5 * n)), f);
            g = TVector.MultiplyAdd(value, TVector.Load(row + (6 * n)), g);
            h = TVector.MultiplyAdd(value, TVector.Load(row + (7 * n)), h);
        }

        TVector.Store(a, output);
        TVector.Store(b, output + n);
        TVector.Store(c, output + (2 * n));
        TVector.Store(d, output + (3 * n));
        TVector.Store(e, output + (4 * n));
        TVector.Store(f, output + (5 * n));
        TVector.Store(g, output + (6 * n));
        TVector.Store(h, output + (7 * n));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply4(SparseEntry* entry, int count, float* matrix, int width, float* initial, float* output)
    {
        int n = TVector.Count;
        TVector a = First(initial, 0), b = First(initial, 1), c = First(initial, 2), d = First(initial, 3);
        for (SparseEntry* end = entry + count; entry < end; entry++)
        {
            float* row = matrix + ((nint)entry->Index * width);
            TVector value = TVector.Create(entry->Value);
            a = TVector.MultiplyAdd(value, TVector.Load(row), a);
            b = TVector.MultiplyAdd(value, TVector.Load(row + n), b);
            c = TVector.MultiplyAdd(value, TVector.Load(row + (2 * n)), c);
            d = TVector.MultiplyAdd(value, TVector.Load(row + (3 * n)), d);
        }

        TVector.Store(a, output);
        TVector.Store(b, output + n);
        TVector.Store(c, output + (2 * n));
        TVector.Store(d, output + (3 * n));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply2(SparseEntry* entry, int count, float* matrix, int width, float* initial, float* output)
    {
        int n = TVector.Count;
        TVector a = First(initial, 0), b = First(initial, 1);
        for (SparseEntry* end = entry + count; entry < end; entry++)
        {
            float* row = matrix + ((nint)entry->Index * width);
            TVector value = TVector.Create(entry->Value);
            a = TVector.MultiplyAdd(value, TVector.Load(row), a);
            b = TVector.MultiplyAdd(value, TVector.Load(row + n), b);
        }

        TVector.Store(a, output);
        TVector.Store(b, output + n);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply1(SparseEntry* entry, int count, float* matrix, int width, float* initial, float* output)
    {
        TVector a = First(initial, 0);
        for (SparseEntry* end = entry + count; entry < end; entry++)
            a = TVector.MultiplyAdd(TVector.Create(entry->Value), TVector.Load(matrix + ((nint)entry->Index * width)), a);
        TVector.Store(a, output);
    }
}
