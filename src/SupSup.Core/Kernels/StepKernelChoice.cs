using System.Runtime.Intrinsics;

namespace SupSup.Core.Kernels;

/// <summary>The kernels for this processor.</summary>
internal static class StepKernelChoice
{
    /// <summary>Kernels over the widest registers there are; AVX-512, AVX2, or 128 bits (ARM NEON; scalar
    /// where there is nothing).</summary>
    public static IStepKernels Best { get; } =
        Vector512.IsHardwareAccelerated ? new StepKernels<Float512>()
        : Vector256.IsHardwareAccelerated ? new StepKernels<Float256>()
        : new StepKernels<Float128>();
}
