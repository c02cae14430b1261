using System.Diagnostics;

namespace SupSup.Grains.Telemetry;

/// <summary>One per silo: the names under which a host collects what the grains measure and trace
/// (docs/telemetry.md), and the source of traces.</summary>
public sealed class SupSupTelemetry : IDisposable
{
    /// <summary>Name of the one meter and of the one source of activities.</summary>
    public const string Name = "SupSup";

    /// <summary>Activity of one pass of inference.</summary>
    public const string InferencePass = "supsup.inference.pass";

    /// <summary>Activity of the training of a task on data that the silo makes.</summary>
    public const string TrainingTask = "supsup.training.task";

    /// <summary>Activity of a shard that reads masks it lacks.</summary>
    public const string ShardRebuild = "supsup.shard.rebuild";

    /// <summary>Starts the grains' activities.</summary>
    public ActivitySource Activities { get; } = new(Name);

    /// <inheritdoc/>
    public void Dispose() => Activities.Dispose();
}
