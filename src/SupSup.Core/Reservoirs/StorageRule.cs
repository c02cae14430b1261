namespace SupSup.Core.Reservoirs;

/// <summary>How a Hopfield network takes up a pattern z of ±1, d being its units and h = Wz its field before.</summary>
public enum StorageRule
{
    /// <summary>W += (zzᵀ − I − zhᵀ − hzᵀ) / d (Storkey 1997, as the paper's code has it): takes up what is new of a pattern, so that like
    /// patterns disturb one another less.</summary>
    Storkey,

    /// <summary>W += (zzᵀ − I) / d (Hebb; the paper's text, with the diagonal kept at zero).</summary>
    Hebb,

    /// <summary>W += rrᵀ / rᵀr, r = z − h (Personnaz, Guyon and Dreyfus 1985, the pseudo-inverse rule): W is the projection onto what is
    /// stored, so that every pattern rests, however alike they are.</summary>
    Projection,
}
