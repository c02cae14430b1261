using System.Text.RegularExpressions;

namespace SupSup.Documents.Tests.Markdown;

/// <summary>A document, as far as it shows code.</summary>
/// <param name="Path">Its path in the repository.</param>
/// <param name="Lines">Its lines.</param>
/// <param name="Blocks">Its fenced blocks, in order.</param>
internal sealed partial record Document(string Path, string[] Lines, IReadOnlyList<Block> Blocks)
{
    // What samples need that is not Python's own: they are run where it is installed.
    private static readonly string[] Packages = ["PIL", "tritonclient", "open_inference_grpc_pb2"];

    // Folders that hold no documents of the project's own, and what the tool wrote.
    private static readonly string[] Passed = ["artifacts", "bin", "obj", "node_modules", ".git", "runs", "results"];

    /// <summary>Every document of the repository: Markdown, and the samples' comments that show how to run them.</summary>
    public static IReadOnlyList<Document> All { get; } = [.. Find(Repository.Folder).Order(StringComparer.Ordinal).Select(Read)];

    /// <summary>What stands between backticks outside the blocks, with the line that it is in, from 1.</summary>
    public IEnumerable<(int Line, string Text)> Spans()
    {
        bool fenced = false;
        for (int n = 0; n < Lines.Length; n++)
        {
            if (Fence().IsMatch(Lines[n])) fenced = !fenced;
            else if (!fenced) foreach (Match span in Span().Matches(Lines[n])) yield return (n + 1, span.Groups[1].Value);
        }
    }

    /// <summary>Reads the blocks of Markdown.</summary>
    public static Document Parse(string path, string[] lines)
    {
        List<Block> blocks = [];
        List<Remark> remarks = [];
        for (int n = 0; n < lines.Length; n++)
        {
            Match fence = Fence().Match(lines[n]);
            if (fence.Success)
            {
                int start = n, indent = fence.Groups[1].Length;
                List<string> text = [];
                while (++n < lines.Length && !Fence().IsMatch(lines[n])) text.Add(lines[n].Length > indent ? lines[n][indent..] : "");
                if (n == lines.Length) throw new FormatException($"{path}:{start + 1}: the block is not closed");
                blocks.Add(new Block(path, start + 1, fence.Groups[2].Value, string.Join('\n', text), [.. remarks]));
                remarks.Clear();
            }
            else if (Comment().IsMatch(lines[n]))
            {
                string comment = lines[n][lines[n].IndexOf('<', StringComparison.Ordinal)..].TrimEnd();
                while (!comment.EndsWith("-->", StringComparison.Ordinal))
                    comment += ++n < lines.Length ? $"\n{lines[n].Trim()}" : throw new FormatException($"{path}: a comment is not closed");
                string[] parts = comment[4..^3].Split(':', 2, StringSplitOptions.TrimEntries);
                if (parts.Length == 2 && Remark.Kinds.Contains(parts[0])) remarks.Add(new Remark(parts[0], parts[1]));
            }
            else if (lines[n].Trim().Length > 0 && remarks.Count > 0)
                throw new FormatException($"{path}:{n + 1}: '<!-- {remarks[^1].Kind}: ... -->' belongs right before a block");
        }

        return new Document(path, lines, blocks);
    }

    private static IEnumerable<string> Find(string folder) =>
    [
        .. Directory.EnumerateFiles(folder).Where(file => System.IO.Path.GetExtension(file) is ".md"
            || (file.Contains("/samples/python/", StringComparison.Ordinal) && file.EndsWith(".py", StringComparison.Ordinal))),
        .. Directory.EnumerateDirectories(folder).Where(inner => !Passed.Contains(System.IO.Path.GetFileName(inner))).SelectMany(Find),
    ];

    private static Document Read(string file)
    {
        string path = System.IO.Path.GetRelativePath(Repository.Folder, file);
        string[] lines = File.ReadAllLines(file);
        return path.EndsWith(".py", StringComparison.Ordinal) ? Docstring(path, lines) : Parse(path, lines);
    }

    // The indented lines of a script's docstring are commands, with what can be left out in brackets.
    private static Document Docstring(string path, string[] lines)
    {
        int end = Array.FindIndex(lines, 2, line => line.EndsWith("\"\"\"", StringComparison.Ordinal));
        string[] commands =
            [.. lines.Take(end).Where(line => line.StartsWith("    ", StringComparison.Ordinal)).Select(line => line.Trim())];
        int first = Array.FindIndex(lines, line => line.StartsWith("    ", StringComparison.Ordinal));
        Remark[] remarks =
        [
            .. Packages.Where(package => lines.Any(line => line.TrimStart() is var code
                && (code.StartsWith($"from {package} ", StringComparison.Ordinal)
                    || code.StartsWith($"import {package}", StringComparison.Ordinal))))
                .Select(package => new Remark("if", $"python3 -c 'import {package}'")),
        ];
        return new Document(path, [], [new Block(path, first, "sh", string.Join('\n', commands), remarks)]);
    }

    [GeneratedRegex(@"^(\s*(?:\d+\. )?)```(\S*)\s*$")]
    private static partial Regex Fence();

    [GeneratedRegex(@"^\s*(?:\d+\. )?<!--")]
    private static partial Regex Comment();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Span();
}
