namespace SupSup.Grains.Interfaces.Models;

/// <summary>A task that was considered for an input.</summary>
/// <param name="Task">Task index.</param>
/// <param name="Score">
/// -∂(objective)/∂α of its mask: the larger, the likelier. Exact where the mask was run, as all are whose entropy is told; else an
/// estimate from a scan that read a part of the mask. <see cref="InferenceOptions.ExactRunnersUp"/> makes all exact.
/// </param>
/// <param name="Entropy">Entropy of the outputs under its mask, in nats; null where it had no part in the decision.</param>
[GenerateSerializer, Immutable, Alias("supsup.candidate")]
public readonly record struct Candidate([property: Id(0)] int Task, [property: Id(1)] float Score, [property: Id(2)] double? Entropy);
