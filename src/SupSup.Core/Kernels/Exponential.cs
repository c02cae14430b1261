using System.Runtime.CompilerServices;

namespace SupSup.Core.Kernels;

/// <summary>
/// e^x in single precision (Cephes, expf; relative error below 2 ulp): x = n ln 2 + r with |r| &lt;= ln 2 / 2, a polynomial for e^r,
/// and n into the exponent.
/// </summary>
internal static class Exponential
{
    private const float Smallest = -87f;
    private const float Log2E = 1.44269504088896341f;
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;

    /// <summary>e to the power of each lane, for lanes from -87 to 0; smaller ones count as -87.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T OfNegative<T>(T vector)
        where T : unmanaged, IFloatVector<T>
    {
        T x = T.Max(vector, T.Create(Smallest));
        T n = T.Round(x * T.Create(Log2E));
        T r = T.MultiplyAdd(n, T.Create(-Ln2High), x);
        r = T.MultiplyAdd(n, T.Create(-Ln2Low), r);
        T p = T.Create(1.9875691500e-4f);
        p = T.MultiplyAdd(p, r, T.Create(1.3981999507e-3f));
        p = T.MultiplyAdd(p, r, T.Create(8.3334519073e-3f));
        p = T.MultiplyAdd(p, r, T.Create(4.1665795894e-2f));
        p = T.MultiplyAdd(p, r, T.Create(1.6666665459e-1f));
        p = T.MultiplyAdd(p, r, T.Create(5.0000001201e-1f));
        return T.Scale(T.MultiplyAdd(p, r * r, r + T.Create(1)), n);
    }
}
