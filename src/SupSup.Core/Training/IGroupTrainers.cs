using SupSup.Core.Devices;

namespace SupSup.Core.Training;

/// <summary>What makes group trainers: the <see cref="ITorchBackend"/>.</summary>
public interface IGroupTrainers
{
    /// <summary>Makes what trains groups of tasks.</summary>
    /// <param name="device">Where.</param>
    /// <param name="threads">Threads that libtorch may use on the host; null for its own choice.</param>
    IGroupTrainer CreateGroupTrainer(ComputeDevice device, int? threads = null);
}
