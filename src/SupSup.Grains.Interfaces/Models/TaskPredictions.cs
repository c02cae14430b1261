namespace SupSup.Grains.Interfaces.Models;

/// <summary>What one mask says of a batch of inputs.</summary>
[GenerateSerializer, Immutable, Alias("supsup.task-predictions")]
public sealed record TaskPredictions
{
    /// <summary>The class of each row.</summary>
    [Id(0)]
    public required int[] Classes { get; init; }

    /// <summary>Entropy of each row's outputs, in nats.</summary>
    [Id(1)]
    public required double[] Entropies { get; init; }

    /// <summary>-∂(objective)/∂α of each run's mask, exact; empty where no factors were sent.</summary>
    [Id(2)]
    public double[] Scores { get; init; } = [];

    /// <summary>What speaks for each row being of the mask's task, before its usual evidence is allowed for, in nats; empty from silos of
    /// builds before it was measured.</summary>
    [Id(3)]
    public double[] Evidence { get; init; } = [];

    /// <summary>What people call the class of each row; empty where no class has a name.</summary>
    [Id(4)]
    public string?[] ClassNames { get; init; } = [];

    /// <summary>What people call the task of each row; empty where no task has a name.</summary>
    [Id(5)]
    public string?[] TaskNames { get; init; } = [];
}
