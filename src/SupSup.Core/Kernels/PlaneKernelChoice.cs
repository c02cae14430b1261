using System.Runtime.Intrinsics;

namespace SupSup.Core.Kernels;

/// <summary>The kernels over planes for this processor.</summary>
internal static class PlaneKernelChoice
{
    /// <summary>Kernels over values in the widest registers there are; AVX-512, AVX2, or 128 bits.</summary>
    public static IPlaneKernels Best { get; } =
        Vector512.IsHardwareAccelerated ? new PlaneKernels<Float512>()
        : Vector256.IsHardwareAccelerated ? new PlaneKernels<Float256>()
        : new PlaneKernels<Float128>();

    /// <summary>The same for convolutions.</summary>
    public static IConvolutionKernels Convolution { get; } =
        Vector512.IsHardwareAccelerated ? new ConvolutionKernels<Float512>()
        : Vector256.IsHardwareAccelerated ? new ConvolutionKernels<Float256>()
        : new ConvolutionKernels<Float128>();
}
