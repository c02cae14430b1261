namespace SupSup.Deploy.Tests.Images;

/// <summary>A stage of the Dockerfile.</summary>
/// <param name="name">Its name.</param>
internal sealed class DockerStage(string name)
{
    private readonly string[] _instructions = [.. Instructions()
        .SkipWhile(line => !(line.StartsWith("FROM ", StringComparison.Ordinal) && line.EndsWith($" AS {name}", StringComparison.Ordinal)))
        .Skip(1).TakeWhile(line => !line.StartsWith("FROM ", StringComparison.Ordinal))];

    /// <summary>What it copies out of the build.</summary>
    public IEnumerable<(string Source, string Target)> Copies =>
        Of("COPY").Select(rest => rest.Split(' ')).Select(words => (words[1], words[2]));

    /// <summary>Its environment.</summary>
    public Dictionary<string, string> Environment => Of("ENV").SelectMany(rest => rest.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);

    /// <summary>The arguments of the only instruction of a kind.</summary>
    public string Only(string instruction) => Assert.Single(Of(instruction));

    // Without comments, and with what a backslash continues on one line.
    private static string[] Instructions() =>
        string.Join('\n', File.ReadAllLines(Repository.In("deploy", "images", "Dockerfile")).Where(line => !line.StartsWith('#')))
        .Replace("\\\n", "", StringComparison.Ordinal).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private IEnumerable<string> Of(string instruction) => _instructions.Where(
        line => line.StartsWith(instruction + " ", StringComparison.Ordinal)).Select(line => line[(instruction.Length + 1)..]);
}
