using System.Reflection;
using System.Runtime.Intrinsics;
using SupSup.Core.Devices;

namespace SupSup.Experiments.Running;

/// <summary>What figures were measured on.</summary>
internal static class RunMachine
{
    /// <summary>The commit that this was built of; null where the build did not know it.</summary>
    public static string? Commit { get; } = Assembly.GetExecutingAssembly()
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+').ElementAtOrDefault(1);

    /// <summary>Cores, registers, device and versions, in one line.</summary>
    public static string Describe(ComputeDevice device) =>
        $"{Environment.ProcessorCount} "
            + $"cores{(Vector512.IsHardwareAccelerated ? ", AVX-512" : Vector256.IsHardwareAccelerated ? ", AVX2" : "")}, "
            + $"{device}, .NET {Environment.Version}, SupSup {Assembly.GetExecutingAssembly().GetName().Version?.ToString(3)}";
}
