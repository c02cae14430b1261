namespace SupSup.Grains.Interfaces.Models;

/// <summary>A mask that is acknowledged but cannot be read.</summary>
/// <param name="Task">Task index.</param>
/// <param name="Message">One line: the record, what is wrong with it, the remedy.</param>
[GenerateSerializer, Immutable, Alias("supsup.mask-failure")]
public sealed record MaskFailure([property: Id(0)] int Task, [property: Id(1)] string Message);
