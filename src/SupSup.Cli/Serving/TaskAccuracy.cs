using System.Text.Json.Serialization;

namespace SupSup.Cli.Serving;

/// <summary>How many test examples of a task were right, the task being given.</summary>
/// <param name="Correct">How many.</param>
/// <param name="Rows">Of how many.</param>
/// <param name="Share">Their share, 0 to 1.</param>
/// <param name="Remark">What is to be known of the data; null for nothing.</param>
internal sealed record TaskAccuracy(int Correct, int Rows, [property: JsonPropertyName("accuracy")] double Share, string? Remark);
