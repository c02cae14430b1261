namespace SupSup.Core.Networks;

/// <summary>
/// What flows between two steps of a network, of one example: planes of values, or a vector, which is planes of one value.
/// </summary>
/// <param name="Channels">Planes.</param>
/// <param name="Rows">Rows of a plane.</param>
/// <param name="Columns">Columns of a plane.</param>
public readonly record struct PlaneShape(int Channels, int Rows, int Columns)
{
    /// <summary>A vector of so many values.</summary>
    /// <param name="values">How many.</param>
    public static PlaneShape Vector(int values) => new(values, 1, 1);

    /// <summary>Values of a plane.</summary>
    public int Area => Rows * Columns;

    /// <summary>Values in all.</summary>
    public int Length => Channels * Area;

    /// <summary>As in "3x32x32", or the number of a vector's values.</summary>
    public override string ToString() => Area == 1 ? $"{Channels}" : $"{Channels}x{Rows}x{Columns}";
}
