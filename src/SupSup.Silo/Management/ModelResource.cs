using System.Text.Json.Serialization;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Silo.Management;

/// <summary>A model, as the management interface tells it.</summary>
/// <param name="Name">The name that it was made with, which never changes.</param>
/// <param name="DisplayName">What people call it.</param>
/// <param name="Spec">Its definition.</param>
/// <param name="Tasks">Number of tasks learned.</param>
/// <param name="Streams">Names of its streams without task identity.</param>
internal sealed record ModelResource(string Name, string DisplayName, ModelSpec? Spec, int? Tasks, IReadOnlyList<string> Streams)
{
    private const int MostStreams = 20;
    private const int MostValues = 64;
    private const int MostCharacters = 1000;

    /// <summary>How inputs are normalised, where all tasks agree; else null.</summary>
    public PixelNormalization? Normalization { get; init; }

    /// <summary>What its reservoir holds, where its masks live in one; else null.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ReservoirDescription? Reservoir { get; init; }

    /// <summary>Number of its streams.</summary>
    public int StreamCount { get; init; } = Streams.Count;

    /// <summary>Whether a part was left out of a list of models: ask for the model itself.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsBrief { get; init; }

    /// <summary>Why definition and tasks are not told; null where they are.</summary>
    public string? Error { get; init; }

    /// <summary>As a list of models has it: what may be of any length is cut off, so that a list is as long as it has models.</summary>
    public ModelResource Brief()
    {
        bool isLong = Spec?.InputFormat is { } format
            && (format.Normalization.Means.Length > MostValues || format.Names.Sum(name => name.Length) > MostCharacters);
        bool isWide = Normalization?.Means.Length > MostValues;
        return this with
        {
            Spec = isLong ? Spec! with { InputFormat = null } : Spec,
            Normalization = isWide ? null : Normalization,
            Streams = [.. Streams.Take(MostStreams)],
            IsBrief = isLong || isWide || Streams.Count > MostStreams,
        };
    }
}
