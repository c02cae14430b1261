namespace SupSup.Grains.Interfaces.Models;

/// <summary>How well a mask does on the test part of some data, the task being given.</summary>
/// <param name="Correct">Rows whose class was right.</param>
/// <param name="Rows">Rows tested.</param>
[GenerateSerializer, Immutable, Alias("supsup.evaluation")]
public readonly record struct Evaluation([property: Id(0)] int Correct, [property: Id(1)] int Rows)
{
    /// <summary>Share of rows that were right.</summary>
    public double Accuracy => (double)Correct / Rows;
}
