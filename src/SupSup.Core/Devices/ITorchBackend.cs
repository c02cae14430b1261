namespace SupSup.Core.Devices;

/// <summary>
/// What needs libtorch, done by the assembly SupSup.Torch; <see cref="TorchBackend"/> finds it. What it makes is declared beside what
/// that is, as <c>ITorchEngines</c> and <c>IGroupTrainers</c>. libtorch is loaded by what is first done on a device.
/// </summary>
public interface ITorchBackend
{
    /// <summary>Whether this build's libtorch can use a GPU; does not load it.</summary>
    bool HasCuda { get; }

    /// <summary>The GPUs that libtorch can use. Loads it only where there is a CUDA driver.</summary>
    int CountGpus();
}
