namespace SupSup.Core.Reservoirs;

/// <summary>How a mask is recovered from reservoirs; the values are the reference's.</summary>
public sealed record RecoverySettings
{
    /// <summary>How scores move.</summary>
    public RecoveryRule Rule { get; init; } = RecoveryRule.Energy;

    /// <summary>Images of a step.</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>Steps, each on a batch of its own; null for one pass over the images.</summary>
    public int? Steps { get; init; }

    /// <summary>Learning rate; of the rule <see cref="RecoveryRule.Projection"/> the root mean square of a step before momentum.</summary>
    public double Rate { get; init; } = 500;

    /// <summary>See <see cref="GainScores"/>.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>See <see cref="GainScores"/>.</summary>
    public double Decay { get; init; } = 1e-4;

    /// <summary>γ, what the energy counts for beside the entropy; of the rule <see cref="RecoveryRule.Energy"/>.</summary>
    public double EnergyWeight { get; init; } = 1.5e-3;

    /// <summary>Checks every value.</summary>
    /// <returns>These settings.</returns>
    /// <exception cref="ArgumentException">One is out of range.</exception>
    public RecoverySettings Validated()
    {
        if (BatchSize < 2)
            throw new ArgumentException($"the recovery's batch size must be at least 2, by which channels are normalised, not {BatchSize}");
        if (Steps is < 1) throw new ArgumentException($"the recovery's steps must be at least 1, not {Steps}");
        if (!(Rate > 0) || !double.IsFinite(Rate)) throw new ArgumentException($"the recovery's rate must be positive, not {Rate}");
        if (Momentum is not (>= 0 and < 1))
            throw new ArgumentException($"the recovery's momentum must be 0 or more and below 1, not {Momentum}");
        if (!(Decay >= 0) || !double.IsFinite(Decay)) throw new ArgumentException($"the recovery's decay must be 0 or more, not {Decay}");
        if (!(EnergyWeight >= 0) || !double.IsFinite(EnergyWeight))
            throw new ArgumentException($"the recovery's energyWeight must be 0 or more, not {EnergyWeight}");
        return this;
    }
}
