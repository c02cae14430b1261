using SupSup.Core.Datasets;
using SupSup.Core.Naming;
using SupSup.Core.Optimizers;

namespace SupSup.Core.Training;

/// <summary>How a mask is trained: plain data, read from recipes.json or made by the caller.</summary>
public sealed record Recipe : INamed
{
    /// <summary>The recipe's name.</summary>
    public required string Name { get; init; }

    /// <summary>Counts what was changed under the name; models that are named by their recipe are named by it too.</summary>
    public int Revision { get; init; } = 1;

    /// <summary>One line on what it is.</summary>
    public string Description { get; init; } = "";

    /// <summary>Optimiser name, one of <see cref="ScoreOptimizers"/>.</summary>
    public required string Optimizer { get; init; }

    /// <summary>Peak learning rate of the scores; see <see cref="RelativeRates"/>.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Learning rate of the first layer's scores, where it differs.</summary>
    public double? FirstLayerLearningRate { get; init; }

    /// <summary>L2 decay: added to the gradient of each score is so many times the score.</summary>
    public double WeightDecay { get; init; }

    /// <summary>
    /// Whether rates are shares of the layer's greatest initial score, 1 / √fan-in. Scores of a layer of few inputs start far from the
    /// threshold, and steps that are right for hundreds of inputs would never take them across.
    /// </summary>
    public bool RelativeRates { get; init; }

    /// <summary>
    /// Whether every task starts from the same scores, drawn from the model's seed, instead of scores of its own. Weights
    /// that no task moved are then the same in all masks, so that they do not blur what tells the masks apart in
    /// superposition.
    /// </summary>
    public bool SharedInitialScores { get; init; }

    /// <summary>Learning-rate schedule name, one of <see cref="Schedules"/>.</summary>
    public required string Schedule { get; init; }

    /// <summary>Whether it looks at a task's examples one by one, and so needs data that are all there when training begins.</summary>
    public bool ChoosesExamples => ValidationShare > 0 || BalancedClasses;

    /// <summary>Number of batches, at least 1.</summary>
    public required int Batches { get; init; }

    /// <summary>Examples per batch, at least 1.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Share of each class's training examples that are held back to tell how good the mask is: the best one is kept. 0 holds none
    /// back, and keeps the last.</summary>
    public double ValidationShare { get; init; }

    /// <summary>Training stops early when so many validations one after another were clearly worse than the best, of the
    /// <see cref="MaskValidation.Times"/> of a whole training; 0 never does.</summary>
    public int Patience { get; init; }

    /// <summary>Whether, once it is known after how many batches the mask is best, the task is trained again for as many on all its
    /// examples. It takes twice as long; of few examples each counts.</summary>
    public bool TrainsAgain { get; init; }

    /// <summary>Batches at most, of both trainings where it trains again.</summary>
    public int MostBatches => TrainsAgain ? 2 * Batches : Batches;

    /// <summary>Whether every class is seen as often as the others, however few examples it has: those of rare classes are repeated, up to
    /// <see cref="TrainingExamples.MostRepeats"/> times.</summary>
    public bool BalancedClasses { get; init; }

    /// <summary>How training images are varied, one of <see cref="Augmentations"/>, as "crop:4+flip"; null trains on them as they
    /// are.</summary>
    public string? Augmentation { get; init; }

    /// <summary>Share of the training images that are shown turned, as classes of their own: see <see cref="RotatedClasses"/>.</summary>
    public double RotatedShare { get; init; }

    /// <summary>Whether training images are not always those of the data.</summary>
    public bool VariesImages => Augmentation is not null || RotatedShare > 0;

    /// <summary>Peak learning rate of a layer's scores.</summary>
    /// <param name="layer">Its index.</param>
    /// <param name="fanIn">Its inputs.</param>
    public double RateOf(int layer, int fanIn) =>
        (layer == 0 ? FirstLayerLearningRate ?? LearningRate : LearningRate) * (RelativeRates ? 1 / Math.Sqrt(fanIn) : 1);

    /// <summary>The same on all examples.</summary>
    public Recipe WithoutValidation() => this with { ValidationShare = 0, Patience = 0, TrainsAgain = false };

    /// <summary>Checks every value.</summary>
    /// <returns>This recipe.</returns>
    /// <exception cref="ArgumentException">A value is out of range or a name unknown.</exception>
    public Recipe Validated()
    {
        if (Batches < 1) throw new ArgumentException($"recipe '{Name}': batches must be at least 1, not {Batches}");
        if (BatchSize < 1) throw new ArgumentException($"recipe '{Name}': batchSize must be at least 1, not {BatchSize}");
        if (!(LearningRate > 0) || !double.IsFinite(LearningRate))
            throw new ArgumentException($"recipe '{Name}': learningRate must be positive, not {LearningRate}");
        if (FirstLayerLearningRate is { } rate && !(rate > 0 && double.IsFinite(rate)))
            throw new ArgumentException($"recipe '{Name}': firstLayerLearningRate must be positive, not {rate}");
        if (!(WeightDecay >= 0) || !double.IsFinite(WeightDecay))
            throw new ArgumentException($"recipe '{Name}': weightDecay must be 0 or more, not {WeightDecay}");
        if (ValidationShare is not (>= 0 and <= 0.5))
            throw new ArgumentException($"recipe '{Name}': validationShare must be 0 to 0.5, not {ValidationShare}");
        if (Patience < 0) throw new ArgumentException($"recipe '{Name}': patience must be 0 or more, not {Patience}");
        if (Patience > 0 && ValidationShare == 0)
            throw new ArgumentException($"recipe '{Name}': patience {Patience} needs examples to validate on; set validationShare");
        if (TrainsAgain && ValidationShare == 0)
            throw new ArgumentException($"recipe '{Name}': trainsAgain needs examples to validate on first; set validationShare");
        if (Augmentation is not null && (long)Batches * BatchSize > int.MaxValue)
            throw new ArgumentException($"recipe '{Name}': {Batches} batches of {BatchSize} are more examples than {int.MaxValue}, up to "
                + "which augmentation numbers them; set fewer batches");
        _ = Augmentations.Get(Augmentation);
        if (RotatedShare is not (>= 0 and < 1))
            throw new ArgumentException($"recipe '{Name}': rotatedShare must be 0 or more and below 1, not {RotatedShare}");
        _ = ScoreOptimizers.Get(Optimizer);
        _ = Schedules.Get(Schedule);
        return this;
    }
}
