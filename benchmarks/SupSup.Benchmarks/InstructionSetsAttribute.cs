using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;

namespace SupSup.Benchmarks;

/// <summary>Measures a class with all instruction sets of this processor, and again with some switched off.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class InstructionSetsAttribute : Attribute, IConfigSource
{
    // The runtime's switch, and those of libtorch and its libraries, so that peers do without it too.
    private static readonly Dictionary<string, EnvironmentVariable[]> Switches = new(StringComparer.Ordinal)
    {
        ["NoAVX512"] = [new("DOTNET_EnableAVX512", "0"), new("ATEN_CPU_CAPABILITY", "avx2"), new("MKL_ENABLE_INSTRUCTIONS", "AVX2"), new(
            "ONEDNN_MAX_CPU_ISA", "AVX2")],
        ["NoAVX2"] = [new("DOTNET_EnableAVX2", "0"), new("ATEN_CPU_CAPABILITY", "default"), new("MKL_ENABLE_INSTRUCTIONS", "SSE4_2"), new(
            "ONEDNN_MAX_CPU_ISA", "SSE41")],
    };

    /// <summary>Names what to switch off.</summary>
    /// <param name="without">One job each: NoAVX512 or NoAVX2.</param>
    public InstructionSetsAttribute(params string[] without)
    {
        Without = without;
        Config = ManualConfig.CreateEmpty()
            .AddJob([RunLength.Job.WithId("All"), .. without.Select(
                name => RunLength.Job.WithEnvironmentVariables(Switches[name]).WithId(name))])
            .WithSummaryStyle(SummaryStyle.Default.WithRatioStyle(RatioStyle.Trend))
            .HideColumns(Column.EnvironmentVariables, Column.IterationCount, Column.WarmupCount, Column.LaunchCount, Column.RunStrategy,
                Column.UnrollFactor, Column.InvocationCount);
    }

    /// <summary>What is switched off.</summary>
    public string[] Without { get; }

    /// <inheritdoc/>
    public IConfig Config { get; }
}
