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
    /// <param name="text">"cpu"; "cuda", the first GPU; "cuda:N", GPU N from 0; "auto", the first GPU if
    /// there is one, else the processor.</param>
    /// <exception cref="ArgumentException">The name is none of these, or the device is not available; one
    /// line that names the remedy.</exception>
    public static ComputeDevice Parse(string text) => Parse(text, TorchBackend.Find);

    /// <summary>Reads a device name, with the backend of this build or another.</summary>
    /// <param name="text">As above.</param>
    /// <param name="backend">Finds the backend, null for a build without libtorch; not asked where the name
    /// is that of the processor.</param>
    /// <exception cref="ArgumentException">As above.</exception>
    public static ComputeDevice Parse(string text, Func<ITorchBackend?> backend)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(backend);
        if (text == "cpu") return Cpu;
        int number = 0;
        bool isCuda = text == "cuda" || (text.StartsWith("cuda:", StringComparison.Ordinal) && IsNumber(text.AsSpan(5), out number));
        if (!isCuda && text != "auto") throw new ArgumentException($"unknown device '{text}': use {Choices}");

        // A build without CUDA is not asked: looking for what it does not have would search the disk for libraries.
        ITorchBackend? torch = backend();
        int gpus = torch is { HasCuda: true } ? torch.CountGpus() : 0;
        if (text == "auto") return gpus > 0 ? new ComputeDevice(0) : Cpu;
        return number < gpus
            ? new ComputeDevice(number)
            : throw new ArgumentException($"device '{text}' is not available: {(torch, gpus) switch
            {
                (null, _) => $"{TorchBackend.Missing}, or use cpu or auto",
                ({ HasCuda: false }, _) =>
                    "this build has the CPU libtorch only; use cpu or auto, or build with -p:Gpu=true (docs/device-training.md)",
                (_, 0) => "no CUDA GPU was found; use cpu or auto, or check with nvidia-smi whether the driver finds one",
                _ => $"this machine has cuda:0 to cuda:{gpus - 1}; use one of these, cpu or auto",
            }}");
    }

    /// <summary>"cpu" or "cuda:N".</summary>
    public override string ToString() => Gpu is { } gpu ? $"cuda:{gpu}" : "cpu";

    private static bool IsNumber(ReadOnlySpan<char> text, out int number) =>
        int.TryParse(text, System.Globalization.NumberStyles.None, null, out number);
}
