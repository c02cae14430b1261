using System.Reflection;
using TorchSharp;

namespace SupSup.Core.Devices;

/// <summary>Where batched tensor work runs: the processor, or one CUDA GPU.</summary>
public sealed record ComputeDevice
{
    private const string Choices = "cpu, cuda, cuda:N or auto";

    private ComputeDevice(int? gpu) => Gpu = gpu;

    /// <summary>The processor; always available.</summary>
    public static ComputeDevice Cpu { get; } = new((int?)null);

    /// <summary>The number of the GPU, or null for the processor.</summary>
    public int? Gpu { get; }

    /// <summary>Reads a device name and checks that the device is there.</summary>
    /// <param name="text">"cpu"; "cuda", the first GPU; "cuda:N", GPU N from 0; "auto", the first GPU if there is one, else the processor.</param>
    /// <exception cref="ArgumentException">The name is none of these, or the device is not available; one line that names the remedy.</exception>
    public static ComputeDevice Parse(string text) => Parse(text, BuildHasCuda, static () => torch.cuda.is_available() ? torch.cuda.device_count() : 0);

    /// <summary>"cpu" or "cuda:N".</summary>
    public override string ToString() => Gpu is { } gpu ? $"cuda:{gpu}" : "cpu";

    /// <summary>Reads a device name, for a build with or without CUDA and a machine with so many GPUs.</summary>
    internal static ComputeDevice Parse(string text, bool buildHasCuda, Func<int> countGpus)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text == "cpu") return Cpu;
        int number = 0;
        bool isCuda = text == "cuda" || (text.StartsWith("cuda:", StringComparison.Ordinal) && IsNumber(text.AsSpan(5), out number));
        if (!isCuda && text != "auto") throw new ArgumentException($"unknown device '{text}': use {Choices}");

        // A build without CUDA is not asked: looking for what it does not have would search the disk for libraries.
        int gpus = buildHasCuda ? countGpus() : 0;
        if (text == "auto") return gpus > 0 ? new ComputeDevice(0) : Cpu;
        if (!buildHasCuda)
            throw new ArgumentException($"device '{text}' is not available: this build has the CPU libtorch only; use cpu or auto, or build with -p:Gpu=true (docs/device-training.md)");
        if (gpus == 0)
            throw new ArgumentException($"device '{text}' is not available: no CUDA GPU was found; use cpu or auto, or check with nvidia-smi whether the driver finds one");
        if (number >= gpus)
            throw new ArgumentException($"device '{text}' is not available: this machine has cuda:0 to cuda:{gpus - 1}; use one of these, cpu or auto");
        return new ComputeDevice(number);
    }

    /// <summary>The device as libtorch names it.</summary>
    internal torch.Device ToTorch() => Gpu is { } gpu ? new torch.Device(DeviceType.CUDA, gpu) : new torch.Device(DeviceType.CPU);

    private static bool BuildHasCuda => typeof(ComputeDevice).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Any(pair => pair is { Key: "libtorch", Value: "cuda" });

    private static bool IsNumber(ReadOnlySpan<char> text, out int number) =>
        int.TryParse(text, System.Globalization.NumberStyles.None, null, out number);
}
