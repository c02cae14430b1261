namespace SupSup.Core.Kernels;

/// <summary>Coefficients of e^x in single precision (Cephes, expf; relative error below 2 ulp).</summary>
internal static class ExpConstants
{
    public const float Smallest = -87f;
    public const float Log2E = 1.44269504088896341f;
    public const float Ln2High = 0.693359375f;
    public const float Ln2Low = -2.12194440e-4f;
    public const float P0 = 1.9875691500e-4f;
    public const float P1 = 1.3981999507e-3f;
    public const float P2 = 8.3334519073e-3f;
    public const float P3 = 4.1665795894e-2f;
    public const float P4 = 1.6666665459e-1f;
    public const float P5 = 5.0000001201e-1f;
}
