using System.CommandLine;
using System.Text.RegularExpressions;

namespace SupSup.Cli.Commands;

/// <summary>A command whose help goes on after its options.</summary>
/// <param name="name">Its name.</param>
/// <param name="description">Its line in its parent's help.</param>
/// <param name="text">What its own help says beyond its options.</param>
/// <param name="examples">Command lines to try.</param>
internal sealed class DocumentedCommand(string name, string description, string text, params string[] examples) : Command(name, description)
{
    /// <summary>What the text lists, a name and its meaning in each row.</summary>
    public IEnumerable<KeyValuePair<string, string>> Rows { get; set; } = [];

    /// <summary>What follows the options.</summary>
    public string Details => Describe(text, examples, Rows);

    /// <summary>Text, rows and examples as help shows them.</summary>
    public static string Describe(string text, string[] examples, IEnumerable<KeyValuePair<string, string>>? rows = null) =>
        $"{Regex.Replace(Regex.Replace(text, @"\s+", " "), "(.{1,100})( |$)", "$1\n")}"
            + $"{string.Concat((rows ?? []).Select(row => $"  {row.Key,-18} {row.Value}\n"))}\nExamples:\n"
            + $"{string.Concat(examples.Select(example => $"  {example}\n"))}";
}
