namespace SupSup.Experiments.Methods;

/// <summary>The rivals by name.</summary>
public static class Rivals
{
    /// <summary>Every rival of this build.</summary>
    public static IReadOnlyList<RivalMethod> All { get; } =
    [
        new(BatchEnsemble.Name, "BatchEnsemble (Wen et al. 2020): shared weights from the first task, scaled by two vectors per task and layer", settings => new BatchEnsemble(settings)),
        new(RotatedSuperposition.Name, "parameter superposition (Cheung et al. 2019): one set of weights, inputs of each layer rotated by the task", settings => new RotatedSuperposition(settings)),
        new(OwnWeights.Name, "upper bound: every task has a network of its own", settings => new OwnWeights(settings)),
        new(OneNetwork.Name, "lower bound: one network learns task after task", settings => new OneNetwork(settings)),
    ];

    /// <summary>Finds a rival.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="ArgumentException">No rival has the name.</exception>
    public static RivalMethod Get(string name) =>
        All.FirstOrDefault(rival => rival.Name == name)
        ?? throw new ArgumentException($"unknown rival '{name}': use one of {string.Join(", ", All.Select(rival => rival.Name))}");
}
