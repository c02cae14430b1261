using System.Collections.Immutable;
using System.Text.Json;
using SupSup.Core.Naming;

namespace SupSup.Experiments.Configuration;

/// <summary>The named experiments of experiments.json, which is compiled in.</summary>
public static class Experiments
{
    /// <summary>Every experiment of this build.</summary>
    public static ImmutableArray<ExperimentConfig> All { get; } = Load();

    /// <summary>Finds an experiment.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="ArgumentException">No experiment has the name.</exception>
    public static ExperimentConfig Get(string name) => All.Get("experiment", name);

    private static ImmutableArray<ExperimentConfig> Load()
    {
        using Stream stream = typeof(Experiments).Assembly.GetManifestResourceStream("SupSup.Experiments.experiments.json")
            ?? throw new InvalidOperationException("experiments.json is not embedded in SupSup.Experiments");
        return [.. JsonSerializer.Deserialize<ExperimentConfig[]>(stream, ConfigJson.Options)!];
    }
}
