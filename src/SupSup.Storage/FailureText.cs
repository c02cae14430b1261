namespace SupSup.Storage;

/// <summary>Brings what a library throws into the one line an operator reads.</summary>
internal static class FailureText
{
    /// <summary>The exception's message in one line.</summary>
    public static string OneLine(Exception exception) => OneLine(exception.Message);

    /// <summary>The text in one line, its white space reduced to single blanks.</summary>
    public static string OneLine(string text) =>
        string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
