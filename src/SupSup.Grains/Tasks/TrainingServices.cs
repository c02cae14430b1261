using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SupSup.Grains.Compute;
using SupSup.Grains.Data;
using SupSup.Grains.Telemetry;

namespace SupSup.Grains.Tasks;

/// <summary>One per silo: what its trainings share.</summary>
/// <param name="Data">Makes data.</param>
/// <param name="Training">Trains on data that the silo makes.</param>
/// <param name="Threads">Its threads for training.</param>
/// <param name="Gpus">Trains on silos with a GPU.</param>
/// <param name="Steps">Trains on submitted batches.</param>
/// <param name="Settings">Bounds and intervals.</param>
/// <param name="Time">The clock.</param>
/// <param name="Metrics">What is measured.</param>
/// <param name="Telemetry">What is traced.</param>
/// <param name="Logger">The log of task grains.</param>
public sealed record TrainingServices(
    TaskDataLibrary Data, ITaskTraining Training, TrainingCompute Threads, GpuTraining Gpus, StepCompute Steps,
    IOptions<ComputeOptions> Settings, TimeProvider Time, TrainingMetrics Metrics, SupSupTelemetry Telemetry, ILogger<TaskGrain> Logger)
{
    internal ComputeOptions Options => Settings.Value;
}
