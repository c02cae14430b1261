namespace SupSup.Grains.Interfaces.Models;

/// <summary>How well a mask does on the test part of some data, the task being given.</summary>
/// <param name="Correct">Rows whose class was right.</param>
/// <param name="Rows">Rows tested.</param>
/// <param name="Remark">What is to be known of the figure, such as that the data have changed since the task was learned; null for
/// nothing.</param>
[GenerateSerializer, Immutable, Alias("supsup.evaluation")]
public readonly record struct Evaluation(
    [property: Id(0)] int Correct, [property: Id(1)] int Rows, [property: Id(2)] string? Remark = null)
{
    /// <summary>Share of rows that were right.</summary>
    public double Accuracy => (double)Correct / Rows;
}
