namespace SupSup.Grains.Interfaces.Models;

/// <summary>A mask that was trained elsewhere, to be a task of a model.</summary>
/// <param name="Task">Task index that has no mask yet, or has the same one with the same details.</param>
/// <param name="File">The packed mask file, of version 1 or 2.</param>
/// <param name="Details">What is to be known of the data that it was trained on.</param>
[GenerateSerializer, Immutable, Alias("supsup.mask-import")]
public sealed record MaskImport([property: Id(0)] int Task, [property: Id(1)] byte[] File, [property: Id(2)] TaskDetails Details);
