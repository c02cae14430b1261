using System.Text.Json.Serialization;

namespace SupSup.Silo.Health;

/// <summary>The answer of a health endpoint.</summary>
/// <param name="Status">"ok" or "failing".</param>
/// <param name="Reasons">What is not as it should be, a line each.</param>
internal sealed record HealthReport(
    [property: JsonPropertyName("status")] string Status,
    [property: JsonPropertyName("reasons")] IReadOnlyList<string> Reasons);
