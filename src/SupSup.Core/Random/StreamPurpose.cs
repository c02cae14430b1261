namespace SupSup.Core.Random;

/// <summary>
/// What a <see cref="RandomStream"/> is for. The numbers are part of the on-disk contract: changing one changes
/// every network or task that was derived with it.
/// </summary>
public enum StreamPurpose
{
    /// <summary>Sign bits of the fixed weights, generator version 1; lane = layer.</summary>
    WeightSigns = 1,

    /// <summary>The seed of one task, from the model's seed; lane = task index.</summary>
    TaskSeed = 2,

    /// <summary>Initial scores of a task; lane = layer.</summary>
    InitialScores = 3,

    /// <summary>Order in which a task sees its training examples; lane = epoch.</summary>
    BatchOrder = 4,

    /// <summary>Pixel permutation of a task; lane = task index.</summary>
    PixelPermutation = 5,

    /// <summary>Which examples of a dataset without a test half are it; lane = class, and after the last class for their order.</summary>
    DataSplit = 6,

    /// <summary>Which training examples of a task are held back for validation; the seed is the task's, lane = class.</summary>
    Validation = 7,

    /// <summary>How a training image is augmented; the seed is the task's, lane = number of the example in the order of training.</summary>
    Augmentation = 8,

    /// <summary>Which training images are turned, and how far; the seed is the task's, lane = number of the example in the order of
    /// training.</summary>
    RotatedClasses = 9,

    /// <summary>Where a reservoir is followed from in a search; the seed is the number of the state, lane = layer.</summary>
    Recovery = 10,

    /// <summary>Initial weights of a network that is trained itself, in experiments; lane = layer.</summary>
    RealWeights = 100,

    /// <summary>Initial signs of a BatchEnsemble member's vectors, in experiments; lane = layer.</summary>
    MemberSigns = 101,

    /// <summary>The rotation that is a task's context in superposition, in experiments; lane = layer.</summary>
    Rotation = 102,

    /// <summary>The order in which a task's test images come where a batch is normalised by itself, in experiments; the seed is the
    /// task's.</summary>
    TestOrder = 103,

    /// <summary>Patterns that a reservoir's capacity is measured with, in experiments; the seed is that of the pattern, and lane 1 has the
    /// order of units that are flipped.</summary>
    Patterns = 104,
}
