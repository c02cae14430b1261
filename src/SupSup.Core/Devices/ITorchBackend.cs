using SupSup.Core.Training;

namespace SupSup.Core.Devices;

/// <summary>What needs libtorch, done by the assembly SupSup.Torch; <see cref="TorchBackend"/> finds it.
/// libtorch is loaded by what is first done on a device.</summary>
public interface ITorchBackend
{
    /// <summary>Whether this build's libtorch can use a GPU; does not load it.</summary>
    bool HasCuda { get; }

    /// <summary>The GPUs that libtorch can use. Loads it only where there is a CUDA driver.</summary>
    int CountGpus();

    /// <summary>Makes what trains groups of tasks.</summary>
    /// <param name="device">Where.</param>
    /// <param name="threads">Threads that libtorch may use on the host; null for its own choice.</param>
    IGroupTrainer CreateGroupTrainer(ComputeDevice device, int? threads = null);
}
