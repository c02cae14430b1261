using System.Numerics.Tensors;

namespace SupSup.Core.Banks;

/// <summary>Up to 1024 rows of a layer for one image: what each of their lines can add to a score.</summary>
internal sealed class ScanPart
{
    /// <summary>The most rows that a part has.</summary>
    public const int MostRows = 1024;

    private const int RowsOfQuad = 32;

    private readonly int _octet;
    private readonly float[] _delta;

    /// <summary>Measures the lines.</summary>
    /// <param name="layout">Where the layer lies.</param>
    /// <param name="octet">The first eight rows.</param>
    /// <param name="inputs">The layer's input.</param>
    /// <param name="delta">The gradient at these rows.</param>
    /// <param name="scale">Size of the layer's weights.</param>
    public ScanPart(LayerLayout layout, int octet, ScanInputs inputs, float[] delta, double scale)
    {
        (Layout, _octet, Inputs, _delta, Scale) = (layout, octet, inputs, delta, scale);
        Energies = new double[(delta.Length + RowsOfQuad - 1) / RowsOfQuad];
        for (int quad = 0; quad < Energies.Length; quad++) Energies[quad] = scale * scale / 4 * TensorPrimitives.SumOfSquares(Rows(quad));
        Order = [.. Enumerable.Range(0, Energies.Length)];
        double[] keys = [.. Energies.Select(energy => -energy)];
        Array.Sort(keys, Order);
    }

    public LayerLayout Layout { get; }

    public ScanInputs Inputs { get; }

    /// <summary>The gradient, by places of rows.</summary>
    public ReadOnlySpan<float> Delta => _delta;

    public double Scale { get; }

    /// <summary>Groups of 32 rows.</summary>
    public int Quads => Energies.Length;

    /// <summary>Of each group, the variance that one bit of each row gives the score where the input is 1.</summary>
    public double[] Energies { get; }

    /// <summary>The groups, those with the largest gradients first.</summary>
    public int[] Order { get; }

    /// <summary>The most that one line can add.</summary>
    public double LargestLine => Quads == 0 ? 0 : Energies[Order[0]] * Inputs.LargestSquare;

    /// <summary>The gradient at the rows of a group.</summary>
    public ReadOnlySpan<float> Rows(int quad) =>
        _delta.AsSpan(quad * RowsOfQuad, Math.Min(RowsOfQuad, _delta.Length - (quad * RowsOfQuad)));

    /// <summary>Where the sums of a pair of rows lie in a block.</summary>
    public int RowSum(int row) => Layout.RowSum((_octet * 8) + row, 0);

    /// <summary>Where an input's rows begin in a block.</summary>
    public int Column(int input) => Layout.Column(input) + (_octet * BlockLayout.Lanes);
}
