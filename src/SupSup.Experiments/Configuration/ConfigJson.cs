using System.Text.Json;
using System.Text.Json.Serialization;

namespace SupSup.Experiments.Configuration;

/// <summary>How configurations and results are written as JSON.</summary>
public static class ConfigJson
{
    /// <summary>Camel case, enums by name, unknown members refused.</summary>
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>Writes a configuration.</summary>
    /// <param name="config">The configuration.</param>
    public static string Write(ExperimentConfig config) => JsonSerializer.Serialize(config, Options);

    /// <summary>Reads a configuration.</summary>
    /// <param name="json">What <see cref="Write"/> wrote, or what a person did.</param>
    /// <exception cref="JsonException">It is not one.</exception>
    public static ExperimentConfig Read(string json) => JsonSerializer.Deserialize<ExperimentConfig>(json, Options)!;
}
