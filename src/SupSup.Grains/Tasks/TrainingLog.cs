using Microsoft.Extensions.Logging;

namespace SupSup.Grains.Tasks;

/// <summary>What trainings say in the log.</summary>
internal static partial class TrainingLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Task {Task} trained in {Seconds:F1} s, loss {Loss:F4}")]
    public static partial void Trained(ILogger logger, string task, double seconds, double loss);

    [LoggerMessage(Level = LogLevel.Information, Message = "Training of task {Task} was stopped")]
    public static partial void Stopped(ILogger logger, string task);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A checkpoint of task {Task} could not be stored; training continues")]
    public static partial void CheckpointFailed(ILogger logger, Exception exception, string task);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "The data of task {Task}, {Dataset}, have changed since batch {Batches} of its training, which begins anew")]
    public static partial void DataChanged(ILogger logger, string task, string dataset, int batches);

    [LoggerMessage(Level = LogLevel.Error, Message = "Training of task {Task} failed")]
    public static partial void Failed(ILogger logger, Exception exception, string task);
}
