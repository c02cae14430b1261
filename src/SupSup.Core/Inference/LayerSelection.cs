namespace SupSup.Core.Inference;

/// <summary>
/// Which layers' terms of ∂H/∂α are summed. On inputs that differ between tasks at the pixels, such as permuted
/// images, the first layer alone tells tasks apart better than all (docs/inference.md has the figures).
/// </summary>
public enum LayerSelection
{
    /// <summary>Every layer: the exact gradient.</summary>
    All,

    /// <summary>The first layer's term alone.</summary>
    First,
}
