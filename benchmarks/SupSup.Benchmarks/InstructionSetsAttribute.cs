using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;

namespace SupSup.Benchmarks;

/// <summary>Measures a class with all instruction sets of this processor, and again with some switched off.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class InstructionSetsAttribute : Attribute, IConfigSource
{
    /// <summary>Names what to switch off.</summary>
    /// <param name="without">One job each: the runtime's switches without their prefix, such as EnableAVX512.</param>
    public InstructionSetsAttribute(params string[] without)
    {
        Without = without;
        Config = ManualConfig.CreateEmpty()
            .AddJob([RunLength.Job.WithId("all"), .. without.Select(name => RunLength.Job.WithEnvironmentVariable($"DOTNET_{name}", "0").WithId($"{name}=0"))])
            .WithSummaryStyle(SummaryStyle.Default.WithRatioStyle(RatioStyle.Trend))
            .HideColumns(Column.EnvironmentVariables, Column.IterationCount, Column.WarmupCount, Column.LaunchCount, Column.RunStrategy, Column.UnrollFactor, Column.InvocationCount);
    }

    /// <summary>What is switched off.</summary>
    public string[] Without { get; }

    /// <inheritdoc/>
    public IConfig Config { get; }
}
