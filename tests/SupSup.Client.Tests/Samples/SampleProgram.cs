using System.Diagnostics;

namespace SupSup.Client.Tests.Samples;

/// <summary>Runs a sample's program, as it was built.</summary>
internal static class SampleProgram
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Runs it to its end.</summary>
    /// <param name="name">The sample.</param>
    /// <param name="arguments">The command line.</param>
    /// <param name="input">What stdin has.</param>
    public static async Task<(int Code, string Output, string Error)> RunAsync(string name, string[] arguments, string input = "")
    {
        ProcessStartInfo start = new(Path.Combine(FolderOf(name), name), arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(input.AsMemory(), Stop);
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(Stop);
        string error = await process.StandardError.ReadToEndAsync(Stop);
        await process.WaitForExitAsync(Stop);
        return (process.ExitCode, await output, error);
    }

    /// <summary>Where it lies: artifacts/bin/NAME/release beside artifacts/bin/SupSup.Client.Tests/release.</summary>
    /// <param name="name">The sample.</param>
    public static string FolderOf(string name) => Path.GetFullPath(Path.Combine(
        AppContext.BaseDirectory, "..", "..", name, Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory))));
}
