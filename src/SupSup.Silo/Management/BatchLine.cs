using SupSup.Grains.Interfaces.Models;

namespace SupSup.Silo.Management;

/// <summary>A batch of a stream, as a line of JSON.</summary>
/// <param name="Number">Number of the batch, from 0.</param>
/// <param name="Inputs">Inputs [rows][inputs], normalised.</param>
/// <param name="Labels">Class of each row.</param>
internal sealed record BatchLine(long Number, float[][] Inputs, int[] Labels)
{
    /// <summary>The batch.</summary>
    /// <exception cref="SupSupException">InvalidRequest: rows that are null, or of different lengths.</exception>
    public LabelledBatch ToBatch()
    {
        if (Array.IndexOf(Inputs, null) is >= 0 and var none)
            throw new SupSupException(SupSupError.InvalidRequest, $"row {none} of batch {Number} is null");
        int width = Inputs.Length == 0 ? 0 : Inputs[0].Length;
        if (Array.FindIndex(Inputs, row => row.Length != width) is >= 0 and var at)
            throw new SupSupException(
                SupSupError.InvalidRequest, $"row {at} of batch {Number} has {Inputs[at].Length} inputs, row 0 has {width}");
        return new LabelledBatch
        {
            Inputs = new InputBatch { Rows = Inputs.Length, Values = [.. Inputs.SelectMany(row => row)] },
            Labels = Labels,
        };
    }
}
