using System.Diagnostics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using SupSup.Core.Tests.Datasets;
using SupSup.Core.Tests.Inference;
using SupSup.Core.Tests.Masks;
using SupSup.Core.Tests.Optimizers;

namespace SupSup.Core.Tests.Processors;

/// <summary>
/// This program again with instruction sets switched off, so that what is chosen at run time for lesser processors is
/// run too: the tests of code that chooses must pass, and digests be the bits of this process.
/// </summary>
[Collection(nameof(ProcessTests))]
public sealed class NarrowRegistersTests
{
    private static readonly Type[] Classes =
        [typeof(ProcessorDigestTests), typeof(ScoreOptimizerTests), typeof(ThresholdMaskRuleTests),
            typeof(TopKMaskRuleTests), typeof(MaskBitsTests)];

    [Theory]
    [InlineData("DOTNET_EnableAVX512", 256)]
    [InlineData("DOTNET_EnableAVX2", 128)]
    public async Task Given_a_processor_of_narrower_registers_when_the_tests_run_on_it_then_they_pass_and_it_computes_the_same_bits(
        string instructions, int widest)
    {
        CancellationToken stop = TestContext.Current.CancellationToken;
        using TemporaryFolder folder = new();
        string digest = Path.Combine(folder.Path, "digest");
        ProcessStartInfo start = new(Path.Combine(AppContext.BaseDirectory, "SupSup.Core.Tests"))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in (string[])["-noLogo", "-noColor", "-noAutoReporters", .. Classes.SelectMany(
            type => new[] { "-class", type.FullName! })]) start.ArgumentList.Add(argument);
        start.Environment[instructions] = "0";
        start.Environment[ProcessorDigestTests.Receiver] = digest;

        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(stop);
        Task<string> error = process.StandardError.ReadToEndAsync(stop);
        await process.WaitForExitAsync(stop);

        Assert.True(process.ExitCode == 0, $"with {instructions}=0:\n{await output}\n{await error}");
        string[] lines = await File.ReadAllLinesAsync(digest, stop);
        Assert.Equal(Registers(widest), lines[0]);
        Assert.Equal(ProcessorDigest.Compute(), lines[1..]);
    }

    // Those of this processor that are no wider. Instructions that it lacks cannot be switched off: then nothing changes.
    private static string Registers(int widest)
    {
        bool has512 = Avx512BW.IsSupported && widest >= 512;
        bool has256 = Avx2.IsSupported && widest >= 256;
        int floats = Vector512.IsHardwareAccelerated && widest >= 512 ? 512 : Vector256.IsHardwareAccelerated && widest >= 256 ? 256 : 128;
        return $"floats {floats}, bytes "
            + $"{(has512 ? "AVX-512" : has256 ? "AVX2" : Vector128.IsHardwareAccelerated ? "128 bits" : "scalar")}, sums "
            + $"{(has512 ? 512 : has256 ? 256 : 32)}";
    }
}
