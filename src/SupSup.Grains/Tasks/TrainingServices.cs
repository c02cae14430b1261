using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SupSup.Grains.Compute;
using SupSup.Grains.Data;
using SupSup.Grains.Telemetry;

namespace SupSup.Grains.Tasks;

/// <summary>One per silo: what its trainings share.</summary>
/// <param name="data">Makes data.</param>
/// <param name="training">Trains on data that the silo makes.</param>
/// <param name="gpus">Trains on silos with a GPU.</param>
/// <param name="steps">Trains on submitted batches.</param>
/// <param name="options">Bounds and intervals.</param>
/// <param name="time">The clock.</param>
/// <param name="metrics">What is measured.</param>
/// <param name="telemetry">What is traced.</param>
/// <param name="logger">The log of task grains.</param>
public sealed class TrainingServices(
    TaskDataLibrary data,
    ITaskTraining training,
    GpuTraining gpus,
    StepCompute steps,
    IOptions<ComputeOptions> options,
    TimeProvider time,
    TrainingMetrics metrics,
    SupSupTelemetry telemetry,
    ILogger<TaskGrain> logger)
{
    internal TaskDataLibrary Data => data;

    internal ITaskTraining Training => training;

    internal GpuTraining Gpus => gpus;

    internal StepCompute Steps => steps;

    internal ComputeOptions Options => options.Value;

    internal TimeProvider Time => time;

    internal TrainingMetrics Metrics => metrics;

    internal SupSupTelemetry Telemetry => telemetry;

    internal ILogger Logger => logger;
}
