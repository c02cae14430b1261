using System.ComponentModel;
using System.Diagnostics;

namespace SupSup.Data.Published;

/// <summary>What a program of the system answered.</summary>
/// <param name="ExitCode">0 when it did what it was asked.</param>
/// <param name="Output">Its standard output, then its standard error.</param>
internal sealed record ExternalTool(int ExitCode, string Output)
{
    /// <summary>Runs a program to its end, without a terminal to ask on.</summary>
    /// <param name="program">A path, or a name to be found in PATH.</param>
    /// <param name="arguments">Its arguments, passed as they are.</param>
    /// <param name="directory">The folder to run in.</param>
    /// <param name="cancellationToken">Kills the program and what it started.</param>
    /// <returns>Null when the program is not installed.</returns>
    public static async Task<ExternalTool?> RunAsync(
        string program, IEnumerable<string> arguments, string directory, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Messages are searched and shown: in English, and without questions.
        start.Environment["LC_ALL"] = "C";
        start.Environment["DEBIAN_FRONTEND"] = "noninteractive";

        using Process? process = TryStart(start);
        if (process is null)
            return null;

        process.StandardInput.Close();
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            Task<string> errors = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            return new ExternalTool(
                process.ExitCode, await output.ConfigureAwait(false) + await errors.ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Why the program failed: the first lines of output that start so, else the last line.</summary>
    /// <param name="errorPrefix">What the program writes before an error, in any case.</param>
    public string Complaint(string errorPrefix)
    {
        string[] lines = Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        string[] errors = [.. lines.Where(l => l.StartsWith(errorPrefix, StringComparison.OrdinalIgnoreCase)).Take(2)];
        return errors.Length > 0 ? string.Join(", ", errors) : lines.LastOrDefault() ?? "no message";
    }

    private static Process? TryStart(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start);
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
