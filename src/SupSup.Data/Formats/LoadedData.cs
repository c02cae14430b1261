using SupSup.Core.Datasets;

namespace SupSup.Data.Formats;

/// <summary>What the files of a dataset hold, before it is checked, divided and normalised.</summary>
/// <param name="Train">The training examples, or all.</param>
/// <param name="Test">The test examples; null where the files do not tell them apart.</param>
internal sealed record LoadedData(ExampleSet Train, ExampleSet? Test)
{
    /// <summary>What messages about the training examples call the file that has them.</summary>
    public required string TrainSource { get; init; }

    /// <summary>What messages about labels call the file that has them.</summary>
    public required string TrainLabels { get; init; }

    /// <summary>The same of the test labels.</summary>
    public string TestLabels { get; init; } = "";

    /// <summary>What the classes are called.</summary>
    public IReadOnlyList<string>? ClassNames { get; init; }

    /// <summary>What the numbers of a row are called.</summary>
    public IReadOnlyList<string>? FeatureNames { get; init; }

    /// <summary>Whether test examples stay in the order of the files, also where they come class by class.</summary>
    public bool KeepsOrder { get; init; }

    /// <summary>What the user should know.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];
}
