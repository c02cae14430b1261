namespace SupSup.Core.Reservoirs;

/// <summary>How scores move towards a mask that was stored.</summary>
public enum RecoveryRule
{
    /// <summary>The paper's: they descend the entropy less and less, and the energy more and more; the mask is that of the
    /// scores.</summary>
    Energy,

    /// <summary>
    /// They ascend the evidence for the images, the log of the sum of all logits' exponentials, within what is stored: W takes of its
    /// gradient what lies along stored patterns, and little else. The mask is the one at which the reservoir rests from the scores' signs.
    /// </summary>
    Projection,
}
