using System.CommandLine;
using System.Runtime.InteropServices;

namespace SupSup.Cli.Commands;

/// <summary>A command that is a program of its own in tools/: it reads its arguments, and prints its help, itself.</summary>
internal sealed partial class InstrumentCommand : Command
{
    private readonly string _program;
    private readonly string[] _arguments;

    /// <summary>Makes the command.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">Its line in the tool's help.</param>
    /// <param name="program">The program.</param>
    /// <param name="arguments">All arguments of the tool, which become the program's.</param>
    public InstrumentCommand(string name, string description, string program, string[] arguments)
        : base(name, description)
    {
        (_program, _arguments) = (program, arguments);
        TreatUnmatchedTokensAsErrors = false;
        SetAction(_ => Become());
    }

    /// <summary>Puts the program in this process's place: it has the same id, streams, signals and exit code.</summary>
    /// <returns>Never.</returns>
    /// <exception cref="IOException">It is missing, or cannot be started.</exception>
    public int Become()
    {
        // Beside the tool, or in a build's folder beside the tool's.
        string here = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        string built = Path.Combine(here, "..", "..", _program, Path.GetFileName(here));
        string folder = new[] { here, built }.FirstOrDefault(folder => File.Exists(Path.Combine(folder, $"{_program}.dll")))
            ?? throw new FileNotFoundException(
                $"'supsup {Name}' needs {_program}, which is not installed; in a checkout './supsup {Name}' builds it");
        string program = Path.GetFullPath(Path.Combine(folder, _program));
        string[] start = Environment.ProcessPath is { } host
            && Path.GetFileNameWithoutExtension(host) == "dotnet" ? [host, $"{program}.dll"] : [program];
        _ = Execute(start[0], [.. start, .. _arguments, null]);
        throw new IOException($"cannot start {start[0]}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    [LibraryImport("libc", EntryPoint = "execv", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Execute(string path, string?[] arguments);
}
