using SupSup.Core.Naming;
using SupSup.Experiments.Configuration;

namespace SupSup.Experiments.Suites;

/// <summary>One kind and number of tasks that the rules of inference are measured on.</summary>
/// <param name="Model">How its masks are learned. Rows of one model share its masks: one of fewer tasks has the first of them.</param>
/// <param name="Tasks">Number of tasks.</param>
public sealed record SuiteRow(ExperimentConfig Model, int Tasks) : INamed
{
    /// <summary>Every row of this build.</summary>
    public static IReadOnlyList<SuiteRow> All { get; } =
    [
        .. Rows(new() { Name = "permuted-mnist", Tasks = 100 }, 2, 5, 8, 100),
        .. Rows(new() { Name = "permuted-fashion", Dataset = "fashion-mnist", Tasks = 20 }, 7, 20),
        .. Rows(new() { Name = "rotated-mnist", Family = "rotated", Tasks = 36, Scenario = Scenario.GNs }, 10, 36),
        .. Rows(new() { Name = "split-mnist", Family = "split", Tasks = 5 }, 5),
        .. Rows(OwnData("omniglot", SuiteData.Omniglot, 200, "grouped:5"), 200),
        .. Rows(OwnData("clinc150", SuiteData.Clinc, 10, "grouped:15"), 10),
        .. Rows(new() { Name = "notebook", Network = "300-300", Outputs = 100, Recipe = "paper", Batches = 469, Tasks = 5 }, 5),
    ];

    /// <inheritdoc/>
    public string Name => $"{Model.Name}-{Tasks}";

    /// <summary>The row with masks of another recipe, where the row does not prescribe one.</summary>
    /// <param name="recipe">The recipe's name; null for the row's own.</param>
    public SuiteRow TrainedBy(string? recipe) =>
        recipe is not null && Model.Batches is null ? this with { Model = Model with { Recipe = recipe } } : this;

    // By the recipe that the service takes for data as they are.
    private static ExperimentConfig OwnData(string name, string dataset, int tasks, string family) =>
        new() { Name = name, Family = family, Dataset = dataset, Recipe = "own-data", Tasks = tasks, Outputs = 100 };

    private static IEnumerable<SuiteRow> Rows(ExperimentConfig model, params int[] tasks) =>
        tasks.Select(count => new SuiteRow(model, count));
}
