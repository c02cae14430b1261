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
    /// <summary>How inputs are normalised, where all tasks agree; else null.</summary>
    public PixelNormalization? Normalization { get; init; }

    /// <summary>What its reservoir holds, where its masks live in one; else null.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ReservoirDescription? Reservoir { get; init; }

    /// <summary>Why definition and tasks are not told; null where they are.</summary>
    public string? Error { get; init; }
}
