using System.Collections.Immutable;
using System.Text.Json;
using SupSup.Experiments.Configuration;

namespace SupSup.Experiments.Reports.Paper;

/// <summary>A figure of the paper; an entry of paper.json, which is compiled in.</summary>
internal sealed record PaperFigure
{
    /// <summary>Every figure that is known.</summary>
    public static ImmutableArray<PaperFigure> All { get; } = Load();

    /// <summary>The experiment that repeats it; those of its rivals have the name and one more word.</summary>
    public required string Experiment { get; init; }

    /// <summary>What it is of.</summary>
    public required string Caption { get; init; }

    /// <summary>Family of tasks.</summary>
    public required string Family { get; init; }

    public required string Dataset { get; init; }

    /// <summary>Network; null where it does not matter.</summary>
    public string? Network { get; init; }

    /// <summary>Output size of its supermasks; null where it does not matter.</summary>
    public int? Outputs { get; init; }

    /// <summary>Scenario of its supermasks.</summary>
    public required Scenario Scenario { get; init; }

    /// <summary>Where its numbers are from.</summary>
    public required string Source { get; init; }

    /// <summary>Its curves, from the highest.</summary>
    public required ImmutableArray<PaperLevel> Levels { get; init; }

    /// <summary>The figure that an experiment is one curve of, or null.</summary>
    public static PaperFigure? Of(ExperimentConfig config) => All.FirstOrDefault(figure => figure.Shows(config));

    /// <summary>The paper's curve of an experiment's method, or null.</summary>
    public PaperLevel? Level(ExperimentConfig config) =>
        Levels.FirstOrDefault(level => level.Method == config.Method
            && (level.Objective is null || level.Objective == config.InfersBy(Classes).Name));

    // All that the paper's figures have.
    private const int Classes = 10;

    private bool Shows(ExperimentConfig config) =>
        config.Family == Family && config.Dataset == Dataset && (Network is null || Network == config.Network)
        && (config.Method == "supsup"
            ? config.Scenario == Scenario && (Outputs is null || Outputs == config.Outputs)
            : $"{config.Name}-".StartsWith($"{Experiment}-", StringComparison.Ordinal));

    private static ImmutableArray<PaperFigure> Load()
    {
        using Stream stream = typeof(PaperFigure).Assembly.GetManifestResourceStream("SupSup.Experiments.paper.json")
            ?? throw new InvalidOperationException("paper.json is not embedded in SupSup.Experiments");
        return [.. JsonSerializer.Deserialize<PaperFigure[]>(stream, ConfigJson.Options)!];
    }
}
