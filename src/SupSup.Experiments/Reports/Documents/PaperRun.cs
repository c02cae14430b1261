using System.Collections.Immutable;
using SupSup.Core.Inference;
using SupSup.Core.Naming;
using SupSup.Core.Reservoirs;
using SupSup.Experiments.Configuration;
using Presets = SupSup.Experiments.Configuration.Experiments;

namespace SupSup.Experiments.Reports.Documents;

/// <summary>One run of those that the tables of README and docs/reproducing.md show.</summary>
/// <param name="Name">Its name, and that of its folder.</param>
/// <param name="Config">The experiment.</param>
/// <param name="Masks">The run whose masks are taken over where it has any, since it learns the same; null for none.</param>
public sealed record PaperRun(string Name, ExperimentConfig Config, string? Masks = null) : INamed
{
    /// <summary>Every run, the shorter first.</summary>
    public static ImmutableArray<PaperRun> All { get; } =
    [
        Preset("split"),
        Preset("hop-paper"),
        Preset("hop"),
        new("hop-paper-hebb", Presets.Get("hop-paper") with { Storage = StorageRule.Hebb }),
        new("hop-hebb", Presets.Get("hop") with { Storage = StorageRule.Hebb }),
        new("hop-projection", Presets.Get("hop") with { Storage = StorageRule.Projection }),
        new("rotated-10", Presets.Get("rotated") with { Tasks = 10 }),
        Preset("rotated"),
        Preset("rotated-paper"),
        Preset("rotated-psp"),
        Preset("rotated-batche"),
        Preset("permuted-gns"),
        Preset("split-gns"),
        Preset("rotated-gns") with { Masks = "rotated" },
        new("fashion-7", Presets.Get("permuted") with { Dataset = "fashion-mnist", Tasks = 7, Recipe = "fast" }),
        new("fashion-20", Presets.Get("permuted") with { Dataset = "fashion-mnist", Tasks = 20, Recipe = "best" }),
        Own("split-own", "mnist", "own-data"),
        Own("split-own-turned", "mnist", "own-turned"),
        Own("split-fashion-own", "fashion-mnist", "own-data"),
        Own("split-fashion-own-turned", "fashion-mnist", "own-turned"),
        Preset("lenet-250-paper"),
        ByG("lenet-250-paper"),
        Preset("lenet-250"),
        Preset("lenet-250-own-weights"),
        Preset("lenet-250-batche"),
        Preset("lenet-250-one-network"),
        Preset("lenet-250-psp"),
        Of(10, "lenet-250-paper") with { Masks = "lenet-250-paper" },
        Of(10, "lenet-250-own-weights"),
        Of(10, "lenet-250-batche"),
        Of(10, "lenet-250-batche-one-shot"),
        Of(50, "lenet-250-batche-one-shot"),
        Of(10, "lenet-250-psp"),
        Of(10, "lenet-250-ewc"),
        Of(10, "lenet-250-one-network"),
        .. new[] { 25, 100, 200, 500 }.SelectMany(OfOutputs),
        Of(50, "fc1024-250-paper") with { Masks = "fc1024-250-paper" },
        ByG("fc1024-250-paper", 50),
        Of(50, "fc1024-250"),
        new("fc1024-250-h-50", Presets.Get("fc1024-250") with { Tasks = 50, Objective = "H" }, "fc1024-250-50"),
        Of(50, "fc1024-250-own-weights"),
        Of(50, "fc1024-250-batche"),
        Of(50, "fc1024-250-psp"),
        Preset("fc1024-250-paper"),
        ByG("fc1024-250-paper"),
        Preset("fc1024-250"),
        new("fc1024-250-h", Presets.Get("fc1024-250") with { Objective = "H" }, "fc1024-250"),
        Preset("fc1024-250-psp"),
        Preset("fc1024-250-batche"),
        Preset("fc1024-250-own-weights"),
        Preset("splitcifar-k16"),
        Preset("splitcifar-k16-transfer"),
        Preset("splitcifar-k16-short"),
        Preset("splitcifar-k16-transfer-short"),
        new("splitcifar-k16-full-2", Presets.Get("splitcifar-k16-full") with { Tasks = 2 }),
        Preset("splitcifar-trained-on"),
        new("splitcifar-batche-10", Presets.Get("splitcifar-batche") with { Tasks = 10 }),
        Five("splitcifar-own-weights"),
        Five("splitcifar-k1"),
        Five("splitcifar-k1-transfer"),
        Five("splitcifar-k2"),
        Five("splitcifar-k4"),
        Five("splitcifar-k8"),
        Five("splitcifar-k32"),
        Five("splitcifar-heads"),
        Five("splitcifar-heads-random"),
        Five("splitcifar-one-network"),
        Preset("cifar-10x10"),
        Preset("cifar-10x10-plain"),
        AsPublished("cifar-10x10") with { Masks = "cifar-10x10" },
        AsPublished("cifar-10x10-plain") with { Masks = "cifar-10x10-plain" },
        Preset("lenet-2500-fast"),
        Preset("lenet-2500"),
        Preset("lenet-2500-paper"),
        ByG("lenet-2500-paper"),
        Preset("lenet-2500-one-network"),
        Preset("lenet-2500-nns"),
        Of(250, "lenet-2500-nns-paper"),
        new("lenet-2500-nns-unlabelled-250", Presets.Get("lenet-2500-nns") with { Tasks = 250, Allocation = "paper" }),
        Preset("lenet-2500-nns-paper"),
        new("lenet-2500-nns-unlabelled", Presets.Get("lenet-2500-nns") with { Allocation = "paper" }),
    ];

    /// <summary>The run with another seed: itself, or one of another name, and so another folder.</summary>
    /// <param name="further">How much the seed is above the run's own.</param>
    public PaperRun WithSeed(int further)
    {
        ulong seed = Config.Seed + (ulong)further;
        return further == 0 ? this
            : new PaperRun(Seeded(Name), Config with { Seed = seed }, Masks is { } masks ? Seeded(masks) : null);

        string Seeded(string name) => $"{name}-seed-{seed}";
    }

    private static PaperRun Preset(string name) => new(name, Presets.Get(name));

    // The masks do not depend on the objective.
    private static PaperRun ByG(string name, int? tasks = null) => tasks is { } some
        ? new($"{name}-g-{some}", Presets.Get(name) with { Tasks = some, Objective = "G" }, $"{name}-{some}")
        : new($"{name}-g", Presets.Get(name) with { Objective = "G" }, name);

    private static PaperRun Own(string name, string dataset, string recipe) => new(
        name, Presets.Get("split") with { Dataset = dataset, Recipe = recipe, Outputs = 40, Queries = 1000 });

    private static PaperRun AsPublished(string name) => new(
        $"{name}-one-shot", Presets.Get(name) with { Objective = "H", Inference = "one-shot", Layers = LayerSelection.All });

    private static PaperRun Five(string name) => Of(5, name);

    private static PaperRun Of(int tasks, string name) => new($"{name}-{tasks}", Presets.Get(name) with { Tasks = tasks });

    private static IEnumerable<PaperRun> OfOutputs(int outputs)
    {
        ExperimentConfig paper = Presets.Get("lenet-250-paper") with { Tasks = 50, Outputs = outputs };
        string masks = $"outputs-{outputs}-h";
        yield return new(masks, paper, outputs == 100 ? "lenet-250-paper" : null);
        yield return new($"outputs-{outputs}-g", paper with { Objective = "G" }, masks);
    }
}
