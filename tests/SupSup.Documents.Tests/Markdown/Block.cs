namespace SupSup.Documents.Tests.Markdown;

/// <summary>A fenced block of a document.</summary>
/// <param name="Document">The document's path in the repository.</param>
/// <param name="Line">The line of its opening fence, from 1.</param>
/// <param name="Language">What follows the fence.</param>
/// <param name="Text">Its lines, without the indentation of the list that it stands in.</param>
/// <param name="Remarks">The comments right before it, which say how it is run: see CONTRIBUTING.md.</param>
internal sealed record Block(string Document, int Line, string Language, string Text, IReadOnlyList<Remark> Remarks)
{
    /// <summary>Commands alone, or commands after a prompt with what they print between them.</summary>
    public bool IsShell => Language is "sh" or "console";

    public bool IsCode => IsShell || Language == "csharp";

    /// <summary>Why it is not run, or null.</summary>
    public string? NotRun => Remarks.FirstOrDefault(remark => remark.Kind is "not run" or "excerpt")?.Text;

    /// <summary>Why it is run by the long tests alone, or null.</summary>
    public string? Long => Remarks.FirstOrDefault(remark => remark.Kind == "long")?.Text;

    /// <summary>Its commands, and after each the lines that it is shown to print; none where it shows no output.</summary>
    public IEnumerable<(string Command, string[] Output)> Steps()
    {
        if (Language != "console") return [(Text, [])];
        List<(string Command, List<string> Output)> steps = [];
        foreach (string line in Text.Split('\n'))
        {
            if (line.StartsWith("$ ", StringComparison.Ordinal)) steps.Add((line[2..], []));
            else if (steps.Count == 0) throw new FormatException($"{this}: a console block begins with a command, after '$ '");
            else if (IsOpen(steps[^1].Command)) steps[^1] = ($"{steps[^1].Command}\n{line}", []);
            else steps[^1].Output.Add(line);
        }

        return steps.Select(step => (step.Command, step.Output.ToArray()));
    }

    public override string ToString() => $"{Document}:{Line}";

    // A quote that a line leaves open goes on in the next, as an argument of JSON does.
    private static bool IsOpen(string command) => command.Count(c => c == '\'') % 2 == 1 || command.EndsWith('\\');
}
