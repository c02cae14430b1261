using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using SupSup.Core.Kernels;

namespace SupSup.Core.Banks;

/// <summary>The product of one mask's layer with one image, from the packed bits.</summary>
internal static unsafe class LaneKernels
{
    // Columns to ask the memory for ahead of use: they are scattered, so the processor would not guess them.
    private const int Ahead = 6;

    /// <summary>output += Σ value · (W ⊙ M)(input) over the entries.</summary>
    /// <param name="entries">Inputs and values.</param>
    /// <param name="count">How many.</param>
    /// <param name="bits">The layer's first byte of the mask's lane.</param>
    /// <param name="signs">The layer's first byte of the signs.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="weights">Rows [in, width].</param>
    /// <param name="width">Outputs up to a multiple of 16.</param>
    /// <param name="output">[width], changed.</param>
    public static void Multiply(
        SparseEntry* entries, int count, byte* bits, byte* signs, LayerLayout layer, float* weights, int width, float* output)
    {
        if (Vector512.IsHardwareAccelerated) Multiply<Float512>(entries, count, bits, signs, layer, weights, width, output);
        else if (Vector256.IsHardwareAccelerated) Multiply<Float256>(entries, count, bits, signs, layer, weights, width, output);
        else Multiply<Float128>(entries, count, bits, signs, layer, weights, width, output);
    }

    /// <summary>The same over registers of one width.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply<TVector>(
        SparseEntry* entries, int count, byte* bits, byte* signs, LayerLayout layer, float* weights, int width, float* output)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        for (SparseEntry* end = entries + count; entries < end; entries++)
        {
            // What the second byte holds where the layer has an odd number of octets meets weights of zero.
            byte* column = bits + ((nint)entries->Index * layer.ColumnBytes);
            byte* sign = signs + ((nint)entries->Index * layer.Stride);
            float* row = weights + ((nint)entries->Index * width);
            TVector value = TVector.Create(entries->Value);
            if (Sse.IsSupported && entries + Ahead < end)
                for (int octet = 0; octet < layer.Octets; octet += 4)
                    Sse.Prefetch0(bits + ((nint)entries[Ahead].Index * layer.ColumnBytes) + (octet * BlockLayout.Lanes));
            for (int at = 0; at < width; at += 16, column += 2 * BlockLayout.Lanes, sign += 2)
            {
                uint kept = (uint)(column[0] | (column[BlockLayout.Lanes] << 8)) ^ (uint)(sign[0] | (sign[1] << 8));
                for (int part = 0; part < 16; part += TVector.Count)
                {
                    TVector sum = TVector.MultiplyAdd(
                        value, TVector.Where(kept >> part, TVector.Load(row + at + part)), TVector.Load(output + at + part));
                    TVector.Store(sum, output + at + part);
                }
            }
        }
    }
}
