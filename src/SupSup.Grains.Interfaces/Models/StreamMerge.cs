namespace SupSup.Grains.Interfaces.Models;

/// <summary>Two masks of a stream that served the same task, and became one.</summary>
/// <param name="Removed">The task that was removed.</param>
/// <param name="Into">The task that serves in its place.</param>
[GenerateSerializer, Immutable, Alias("supsup.stream-merge")]
public readonly record struct StreamMerge([property: Id(0)] int Removed, [property: Id(1)] int Into);
