namespace SupSup.Grains.Interfaces.Models;

/// <summary>A stored record that is not what it should be.</summary>
/// <param name="Record">The record, as the store's folders and blobs have it, without its ending: `task-task/flowers/3`.</param>
/// <param name="Message">One line: what is wrong with it, and the remedy.</param>
[GenerateSerializer, Immutable, Alias("supsup.record-failure")]
public sealed record RecordFailure([property: Id(0)] string Record, [property: Id(1)] string Message);
