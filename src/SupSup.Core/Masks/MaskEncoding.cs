namespace SupSup.Core.Masks;

/// <summary>How a layer of a mask is written in mask files of version 2; the number is that of the file.</summary>
public enum MaskEncoding
{
    /// <summary>A bit for each weight.</summary>
    Bits = 0,

    /// <summary>The positions of kept weights.</summary>
    Sparse = 1,

    /// <summary>The positions of weights that differ from the mask of the shared initial scores.</summary>
    Difference = 2,
}
