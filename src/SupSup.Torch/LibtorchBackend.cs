using System.Reflection;
using SupSup.Core.Devices;
using SupSup.Core.Engines;
using SupSup.Core.Inference;
using SupSup.Core.Networks;
using SupSup.Core.Training;
using SupSup.Torch.Devices;
using SupSup.Torch.Engines;
using SupSup.Torch.Groups;
using TorchSharp;

namespace SupSup.Torch;

/// <summary>The backend of this build's libtorch. <see cref="TorchBackend"/> makes it, by its name.</summary>
public sealed class LibtorchBackend : ITorchBackend, ITorchEngines, IGroupTrainers
{
    /// <inheritdoc/>
    public bool HasCuda { get; } = typeof(LibtorchBackend).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Any(pair => pair is { Key: "libtorch", Value: "cuda" });

    /// <inheritdoc/>
    public int CountGpus() => CudaDriver.IsThere() && torch.cuda.is_available() ? torch.cuda.device_count() : 0;

    /// <inheritdoc/>
    public IGroupTrainer CreateGroupTrainer(ComputeDevice device, int? threads = null) => new GroupTrainer(device, threads);

    /// <inheritdoc/>
    public INetworkEngine CreateEngine(ComputeDevice device, int threads = 1) => new TorchEngine(device, threads);

    /// <inheritdoc/>
    public float[][] Differentiate(
        NetworkPlan plan, IReadOnlyList<float[]> weights, ReadOnlySpan<float> inputs, IObjective objective, int classes) =>
        TorchGradient.Of(plan, weights, inputs, objective, classes);
}
