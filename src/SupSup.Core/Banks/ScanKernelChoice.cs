using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using SupSup.Core.Kernels;

namespace SupSup.Core.Banks;

/// <summary>The scans of this build, and the one for this processor.</summary>
internal static class ScanKernelChoice
{
    /// <summary>Those that this processor can run, widest first; the scalar one, last, always.</summary>
    public static IReadOnlyList<IScanKernel> Supported { get; } =
    [
        .. Avx512BW.IsSupported ? [new ScanKernel<Bytes512>("AVX-512")] : Array.Empty<IScanKernel>(),
        .. Avx2.IsSupported ? [new ScanKernel<Bytes256>("AVX2")] : Array.Empty<IScanKernel>(),
        .. Vector128.IsHardwareAccelerated ? [new ScanKernel<Bytes128>("128 bits")] : Array.Empty<IScanKernel>(),
        new ScanKernel<ScalarBytes>("scalar"),
    ];

    /// <summary>The widest.</summary>
    public static IScanKernel Best => Supported[0];
}
