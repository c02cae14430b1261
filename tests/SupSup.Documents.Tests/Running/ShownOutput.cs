using System.Text.RegularExpressions;

namespace SupSup.Documents.Tests.Running;

/// <summary>Compares what a document shows with what a command prints, but for what depends on data and machine.</summary>
internal static partial class ShownOutput
{
    private static readonly Regex Name = new($@"\b({string.Join('|', SmallData.Names.OrderByDescending(name => name.Length))})\b");

    /// <summary>
    /// The first shown line that was not printed in its order, or null. Numbers and names of classes may differ; "..." as a line
    /// stands for any lines, and in a line, or where a list of names ends with it, for any words.
    /// </summary>
    public static string? Missing(IEnumerable<string> shown, string printed)
    {
        string[] lines = [.. printed.Split('\n').Select(Stable)];
        int at = 0;
        foreach (string line in Joined(shown))
        {
            if (line.Trim() is "..." or "") continue;
            Regex form = new($"^{string.Join(".*", Stable(line).Split("...").Select(part => Regex.Escape(part.Trim())))}$");
            int found = Array.FindIndex(lines, at, printedLine => form.IsMatch(printedLine));
            if (found < 0) return line;
            at = found + 1;
        }

        return null;
    }

    // A line that is too long for the document goes on in the next, after one space.
    private static List<string> Joined(IEnumerable<string> shown)
    {
        List<string> lines = [];
        foreach (string line in shown)
        {
            if (line.Length > 1 && line[0] == ' ' && line[1] != ' ' && lines.Count > 0) lines[^1] += line.TrimStart();
            else lines.Add(line);
        }

        return lines;
    }

    private static string Stable(string line) =>
        Mistaken().Replace(Spaces().Replace(Number().Replace(Names().Replace(Name.Replace(line, "NAME"), "NAME"), "0"), " ").Trim(), "");

    // At the end of a row: what is taken for what, which may be nothing.
    [GeneratedRegex(@"( NAME 0 %,?)+$")]
    private static partial Regex Mistaken();

    [GeneratedRegex(@"\b[0-9a-f]{32}\b|\b\d[\d.,]*\d\b|\b\d\b")]
    private static partial Regex Number();

    [GeneratedRegex(@"NAME(, NAME)*")]
    private static partial Regex Names();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
