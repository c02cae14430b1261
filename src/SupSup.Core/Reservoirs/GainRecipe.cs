using SupSup.Core.Training;

namespace SupSup.Core.Reservoirs;

/// <summary>How a mask of gains is trained; the values are the reference's (SGD, constant rate, one epoch).</summary>
public sealed record GainRecipe
{
    /// <summary>Batches that few data are learned from, at least.</summary>
    public const int FewestBatches = 100;

    /// <summary>Passes over the training examples.</summary>
    public int Epochs { get; init; } = 1;

    /// <summary>Batches in all; null for those of the epochs.</summary>
    public int? Batches { get; init; }

    /// <summary>Examples of a batch; the last of an epoch has what is left.</summary>
    public int BatchSize { get; init; } = 128;

    /// <summary>Peak learning rate.</summary>
    public double LearningRate { get; init; } = 0.1;

    /// <summary>Learning-rate schedule, one of <see cref="Schedules"/>.</summary>
    public string Schedule { get; init; } = "constant";

    /// <summary>See <see cref="GainScores"/>.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>See <see cref="GainScores"/>.</summary>
    public double Decay { get; init; } = 1e-4;

    /// <summary>The same for data of some size: one epoch as in the reference or, of few data, as many as make
    /// <see cref="FewestBatches"/> batches.</summary>
    /// <param name="examples">Training examples.</param>
    public GainRecipe For(int examples) =>
        this with { Batches = Batches ?? Math.Max(FewestBatches, (examples + BatchSize - 1) / BatchSize) };

    /// <summary>Checks every value.</summary>
    /// <returns>This recipe.</returns>
    /// <exception cref="ArgumentException">One is out of range.</exception>
    public GainRecipe Validated()
    {
        if (Epochs < 1) throw new ArgumentException($"epochs must be at least 1, not {Epochs}");
        if (Batches is < 1) throw new ArgumentException($"the batches must be at least 1, not {Batches}");
        if (BatchSize < 2)
            throw new ArgumentException($"the batch size must be at least 2, by which channels are normalised, not {BatchSize}");
        if (!(LearningRate > 0) || !double.IsFinite(LearningRate))
            throw new ArgumentException($"the learning rate must be positive, not {LearningRate}");
        if (Momentum is not (>= 0 and < 1)) throw new ArgumentException($"the momentum must be 0 or more and below 1, not {Momentum}");
        if (!(Decay >= 0) || !double.IsFinite(Decay)) throw new ArgumentException($"the decay must be 0 or more, not {Decay}");
        _ = Schedules.Get(Schedule);
        return this;
    }
}
