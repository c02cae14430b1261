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
    /// <summary>What follows the options.</summary>
    public string Details { get; } = Describe(text, examples);

    /// <summary>Text and examples as help shows them.</summary>
    public static string Describe(string text, params string[] examples) =>
        $"{Regex.Replace(Regex.Replace(text, @"\s+", " "), "(.{1,100})( |$)", "$1\n")}\nExamples:\n"
            + $"{string.Concat(examples.Select(example => $"  {example}\n"))}";
}
