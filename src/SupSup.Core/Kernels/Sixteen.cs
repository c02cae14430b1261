using System.Runtime.CompilerServices;

namespace SupSup.Core.Kernels;

/// <summary>
/// Sixteen floats in as many registers as that takes. A sum over many values depends on how they are spread over
/// lanes; spreading them over sixteen at every width makes it the same bits on every processor.
/// </summary>
internal unsafe struct Sixteen<TVector>
    where TVector : unmanaged, IFloatVector<TVector>
{
    private TVector _a;
    private TVector _b;
    private TVector _c;
    private TVector _d;

    /// <summary>Adds sixteen neighbours.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(float* values)
    {
        int n = TVector.Count;
        _a += TVector.Load(values);
        if (n < 16) _b += TVector.Load(values + n);
        if (n >= 8) return;
        _c += TVector.Load(values + (2 * n));
        _d += TVector.Load(values + (3 * n));
    }

    /// <summary>Adds the squares of sixteen neighbours.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddSquares(float* values)
    {
        int n = TVector.Count;
        _a = Squared(values, _a);
        if (n < 16) _b = Squared(values + n, _b);
        if (n >= 8) return;
        _c = Squared(values + (2 * n), _c);
        _d = Squared(values + (3 * n), _d);
    }

    /// <summary>The sum of the sixteen: lanes 8 apart are added, then 4, 2 and 1 apart.</summary>
    /// <param name="scratch">Room for sixteen floats.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float Sum(float* scratch)
    {
        int n = TVector.Count;
        TVector.Store(_a, scratch);
        if (n < 16) TVector.Store(_b, scratch + n);
        if (n < 8)
        {
            TVector.Store(_c, scratch + (2 * n));
            TVector.Store(_d, scratch + (3 * n));
        }

        Float128 low = Float128.Load(scratch) + Float128.Load(scratch + 8);
        Float128 high = Float128.Load(scratch + 4) + Float128.Load(scratch + 12);
        Float128.Store(low + high, scratch);
        return (scratch[0] + scratch[2]) + (scratch[1] + scratch[3]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Squared(float* values, TVector addend)
    {
        TVector value = TVector.Load(values);
        return TVector.MultiplyAdd(value, value, addend);
    }
}
