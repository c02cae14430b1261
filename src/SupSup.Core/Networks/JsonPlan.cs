using System.Globalization;
using System.Text.Json;

namespace SupSup.Core.Networks;

/// <summary>
/// A plan that is written in JSON: {"inputs": [3, 32, 32], "outputs": s, "steps": ["conv32", {"body": [...], "shortcut": [...]}]}.
/// </summary>
/// <param name="Steps">The text that its steps amount to.</param>
/// <param name="Input">What an example is; null where it is left out.</param>
/// <param name="Outputs">Output size s; null where it is left out.</param>
internal sealed record JsonPlan(string Steps, PlaneShape? Input, int? Outputs)
{
    private static readonly string[] Keys = ["inputs", "outputs", "steps"];
    private static readonly string[] ResidualKeys = ["body", "shortcut"];

    /// <summary>Whether a text is meant as a plan in JSON.</summary>
    /// <param name="text">The text.</param>
    public static bool IsMeant(string text) => text.TrimStart().StartsWith('{');

    /// <summary>Reads a plan.</summary>
    /// <param name="json">The text.</param>
    /// <exception cref="ArgumentException">It is no JSON, or not of that form.</exception>
    public static JsonPlan Read(string json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            JsonElement plan = document.RootElement;
            CheckKeys(plan, Keys);
            return new(
                Chain(plan, "steps"),
                plan.TryGetProperty("inputs", out JsonElement inputs) ? Shape(inputs) : null,
                plan.TryGetProperty("outputs", out JsonElement outputs) ? Number(outputs, "outputs") : null);
        }
        catch (JsonException error)
        {
            string what = error.Message.Split(" LineNumber:")[0].Split(" Path:")[0].ReplaceLineEndings(" ");
            throw Invalid($"line {error.LineNumber + 1}, column {error.BytePositionInLine + 1} is no JSON: {what}");
        }
    }

    private static string Chain(JsonElement of, string key)
    {
        if (!of.TryGetProperty(key, out JsonElement steps)) throw Invalid($"it has no \"{key}\"");
        return steps.ValueKind == JsonValueKind.Array && steps.GetArrayLength() > 0
            ? string.Join('-', steps.EnumerateArray().Select(Step)) : throw Invalid($"\"{key}\" is {steps}, not a list of steps");
    }

    private static string Step(JsonElement step) => step.ValueKind switch
    {
        JsonValueKind.Object => Residual(step),
        JsonValueKind.Number => Number(step, "a step").ToString(CultureInfo.InvariantCulture),
        JsonValueKind.String => step.GetString()!,
        _ => throw Invalid($"{step} is no step"),
    };

    // The input itself is the shortcut that has no steps.
    private static string Residual(JsonElement step)
    {
        CheckKeys(step, ResidualKeys);
        bool isPlain = !step.TryGetProperty("shortcut", out JsonElement shortcut)
            || (shortcut.ValueKind == JsonValueKind.Array && shortcut.GetArrayLength() == 0);
        return isPlain ? $"res({Chain(step, "body")})" : $"res({Chain(step, "body")}|{Chain(step, "shortcut")})";
    }

    private static PlaneShape Shape(JsonElement inputs)
    {
        if (inputs.ValueKind == JsonValueKind.Array && inputs.GetArrayLength() is 1 or 3)
        {
            int[] sides = [.. inputs.EnumerateArray().Select(side => Number(side, "inputs"))];
            return sides.Length == 1 ? PlaneShape.Vector(sides[0]) : new(sides[0], sides[1], sides[2]);
        }

        throw Invalid($"\"inputs\" is {inputs}; use [784] or, of pictures, [3, 32, 32]: planes, rows, columns");
    }

    private static int Number(JsonElement element, string what) =>
        element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out int number)
            ? number : throw Invalid($"{what} is {element}, not a whole number");

    private static void CheckKeys(JsonElement element, string[] keys)
    {
        if (element.EnumerateObject().Select(property => property.Name).Except(keys).FirstOrDefault() is { } other)
            throw Invalid($"unknown \"{other}\"; use {string.Join(", ", keys)}");
    }

    private static ArgumentException Invalid(string problem) => new(
        $"the plan in JSON cannot be read: {problem.ReplaceLineEndings(" ")}; use {{\"inputs\": [3, 32, 32], \"outputs\": 10, "
        + "\"steps\": [\"conv32\", \"norm\", \"relu\", {\"body\": [\"conv32\", \"norm\"]}, \"average\"]}");
}
