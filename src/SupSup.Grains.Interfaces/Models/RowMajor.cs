namespace SupSup.Grains.Interfaces.Models;

/// <summary>Arrays of rows one after another.</summary>
internal static class RowMajor
{
    /// <summary>Copies some rows.</summary>
    /// <param name="values">[rows, width].</param>
    /// <param name="rows">How many there are.</param>
    /// <param name="selected">Which, in the order wanted.</param>
    public static float[] Select(float[] values, int rows, int[] selected)
    {
        int width = values.Length / rows;
        float[] some = new float[selected.Length * width];
        for (int n = 0; n < selected.Length; n++) values.AsSpan(selected[n] * width, width).CopyTo(some.AsSpan(n * width));
        return some;
    }
}
