namespace SupSup.Shared;

/// <summary>The endings of files that can be sent as a task's data.</summary>
/// <remarks>Compiled into whoever reads data and into the contracts of the client library, which share nothing else.</remarks>
internal static class SentEndings
{
    // Longer endings first, of which shorter ones are the end.
    private static readonly string[] All =
        [".tar.gz", ".csv.gz", ".tsv.gz", ".tgz", ".zip", ".tar", ".csv", ".tsv", ".npy", ".npz", ".parquet"];

    /// <summary>All of them, for messages.</summary>
    public static string Known => string.Join(", ", All);

    /// <summary>What is wrong with a file that has none of them, and what to do, for messages.</summary>
    public static (string Problem, string Remedy) Unknown =>
        ("is no file that can be sent", $"send one of {Known}; a folder as .zip or .tar");

    /// <summary>The ending of a file; null where it has none of them.</summary>
    /// <param name="file">The file's name.</param>
    public static string? Of(string file) => All.FirstOrDefault(ending => file.EndsWith(ending, StringComparison.OrdinalIgnoreCase));
}
