namespace SupSup.Core.Kernels;

/// <summary>What is done to values after they were normalised or added.</summary>
internal enum PlaneActivation
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>max(0, x).</summary>
    Relu,

    /// <summary>x / (1 + e^-x).</summary>
    Swish,
}
