namespace SupSup.Grains.Interfaces.Models;

/// <summary>A point of a loss curve.</summary>
/// <param name="Batch">Batches trained by then.</param>
/// <param name="Loss">Mean cross-entropy since the point before, in nats.</param>
[GenerateSerializer, Immutable, Alias("supsup.loss-point")]
public readonly record struct LossPoint([property: Id(0)] int Batch, [property: Id(1)] float Loss);
