using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;

namespace SupSup.Silo.Http;

/// <summary>Says what is wrong with a JSON body in terms of the body: which member, and what it takes. What the JSON library says names
/// types of this program, which mean nothing to a caller.</summary>
internal static partial class JsonErrors
{
    /// <summary>One line.</summary>
    /// <param name="error">What the JSON library threw.</param>
    /// <param name="body">The type that the body was read as; null where that is not known.</param>
    public static string Describe(JsonException error, Type? body)
    {
        string[] path = Segments(error.Path);
        string quoted = Quoted().Match(error.Message).Groups[1].Value;
        return error.Message switch
        {
            var text when text.Contains("could not be converted", StringComparison.Ordinal) => Takes(path, body),
            var text when text.Contains("could not be mapped", StringComparison.Ordinal) => Unknown(quoted, path, body),
            var text when text.Contains("missing required", StringComparison.Ordinal) =>
                $"{Member(path)} lacks {text[(text.IndexOf(':', StringComparison.Ordinal) + 2)..].TrimEnd('.')}",
            var text when NotNull().IsMatch(text) =>
                Takes([.. Parent(path, quoted), JsonNamingPolicy.CamelCase.ConvertName(quoted)], body) + ", not null",
            var text when text.Contains("depth", StringComparison.Ordinal) => "it is nested too deep",
            var text when error.Path is null => text,
            var text => $"it is no JSON: {text[..Place(text)]} (line {error.LineNumber + 1}, byte {error.BytePositionInLine + 1})",
        };
    }

    private static string Takes(string[] path, Type? body) =>
        Resolve(path, body) is { } type ? $"{Member(path)} takes {Kind(type)}" : $"{Member(path)} has a value of the wrong kind";

    private static string Member(string[] path) => path.Length == 0 ? "the body" : $"'{Text(path)}'";

    private static string Unknown(string name, string[] path, Type? body)
    {
        string[] parent = Parent(path, name);
        string where = parent.Length == 0 ? "" : $" of '{Text(parent)}'";
        string[] known = Resolve(parent, body) is { } type ? [.. Members(type).Select(member => member.Name)] : [];
        return $"unknown member '{name}'{where}{(known.Length == 0 ? "" : $"; known are {string.Join(", ", known)}")}";
    }

    // The library tells the member itself, or what holds it.
    private static string[] Parent(string[] path, string name) =>
        path.Length > 0 && path[^1].Equals(name, StringComparison.OrdinalIgnoreCase) ? path[..^1] : path;

    private static Type? Resolve(string[] path, Type? type)
    {
        foreach (string segment in path)
        {
            if (type is null) return null;
            type = segment.StartsWith('[') || Contents(type) is not null && !Members(type).Any()
                ? Contents(type)
                : Members(type).FirstOrDefault(member => member.Name.Equals(segment, StringComparison.OrdinalIgnoreCase))?.PropertyType;
        }

        return type;
    }

    private static IEnumerable<JsonPropertyInfo> Members(Type type) => JsonFormat.Options.GetTypeInfo(type).Properties;

    // Of what a list has, or a dictionary.
    private static Type? Contents(Type type) => type == typeof(string) ? null : JsonFormat.Options.GetTypeInfo(type).ElementType;

    private static string Kind(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type.IsEnum) return $"one of {string.Join(", ", Enum.GetNames(type))}";
        if (type == typeof(string)) return "text";
        if (JsonFormat.Options.GetTypeInfo(type).Kind == JsonTypeInfoKind.Dictionary) return "an object";
        if (Contents(type) is { } contents) return $"a list, each {Kind(contents)}";
        return Type.GetTypeCode(type) switch
        {
            TypeCode.Boolean => "true or false",
            TypeCode.Byte or TypeCode.UInt16 or TypeCode.UInt32 or TypeCode.UInt64 => "a whole number, 0 or more",
            TypeCode.Int32 => $"a whole number up to {int.MaxValue}",
            TypeCode.SByte or TypeCode.Int16 or TypeCode.Int64 => "a whole number",
            TypeCode.Single or TypeCode.Double or TypeCode.Decimal => "a number",
            _ => "an object",
        };
    }

    private static string Text(string[] path) =>
        string.Concat(path.Select((part, n) => n == 0 || part.StartsWith('[') ? part : $".{part}"));

    // "$.inputs[0].name", "$['odd name']".
    private static string[] Segments(string? path) =>
        [.. Segment().Matches(path ?? "").Select(match => match.Groups[1].Success ? match.Groups[1].Value : match.Value.TrimStart('.'))];

    private static int Place(string text) =>
        text.IndexOf(" Path: ", StringComparison.Ordinal) is >= 0 and var at ? at
        : text.IndexOf(" LineNumber: ", StringComparison.Ordinal) is >= 0 and var line ? line : text.Length;

    [GeneratedRegex(@"\['([^']*)'\]|\[\d+\]|\.[^.\[]+")]
    private static partial Regex Segment();

    [GeneratedRegex("allow (setting )?null")]
    private static partial Regex NotNull();

    [GeneratedRegex("'([^']*)'")]
    private static partial Regex Quoted();
}
