using System.Text.Json.Serialization;

namespace SupSup.Bench;

/// <summary>One measured figure.</summary>
/// <param name="Key">Its name in the JSON object.</param>
/// <param name="What">What it says.</param>
/// <param name="Value">The figure.</param>
/// <param name="Must">The bound it must keep.</param>
/// <param name="Aim">The bound to aim for.</param>
/// <param name="AtLeast">Whether the bounds are lower ones.</param>
/// <param name="Measured">What it was made of.</param>
internal sealed record BenchFigure(
    string Key, string What, double Value, double Must, double Aim, [property: JsonIgnore] bool AtLeast, string Measured)
{
    public string Reached => Keeps(Aim) ? "aim" : Keeps(Must) ? "must" : "missed";

    private bool Keeps(double bound) => AtLeast ? Value >= bound : Value <= bound;
}
