using System.Text;
using System.Text.RegularExpressions;

namespace SupSup.Documents.Tests.Parsing;

/// <summary>Finds the calls of the tool in shell commands.</summary>
internal static partial class CommandLines
{
    /// <summary>The arguments of each call.</summary>
    public static IEnumerable<string[]> Of(string shell)
    {
        string text = shell.Replace("\\\n", " ", StringComparison.Ordinal);
        return Call().Matches(text).Select(call => Words(text.AsSpan(call.Index + call.Length)));
    }

    // To the end of the command: quotes hold words together, and what a shell would put in stands for itself.
    private static string[] Words(ReadOnlySpan<char> text)
    {
        List<string> words = [];
        StringBuilder word = new();
        bool isWord = false;
        char quote = '\0';
        foreach (char c in text)
        {
            if (quote != '\0' && c != quote) word.Append(c);
            else if (quote != '\0') quote = '\0';
            else if (c is '\'' or '"') (quote, isWord) = (c, true);
            else if (c is '\n' or '|' or ';' or '&' or ')' or '>' or '`' || (c == '#' && !isWord)) break;
            else if (c is ' ')
            {
                if (isWord) words.Add(word.ToString());
                word.Clear();
                isWord = false;
            }
            else
            {
                word.Append(c);
                isWord = true;
            }
        }

        if (isWord && quote == '\0') words.Add(word.ToString());
        return [.. words];
    }

    [GeneratedRegex(@"(?<=^|[\s(])(?<!(?:-n|clone URL|cd) )(?:\./)?supsup(?= +[a-z-])", RegexOptions.Multiline)]
    private static partial Regex Call();
}
