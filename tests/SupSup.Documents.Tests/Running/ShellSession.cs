using System.Diagnostics;
using System.Text;

namespace SupSup.Documents.Tests.Running;

/// <summary>One shell in which the commands of a document run one after another: variables and folders stay.</summary>
internal sealed class ShellSession : IAsyncDisposable
{
    private const string End = "=== end of the step";
    private readonly Process _shell;
    private readonly Task<string> _errors;
    private readonly string _folder;
    private int _steps;

    public ShellSession(Sandbox sandbox)
    {
        _folder = sandbox.Folder;
        ProcessStartInfo start = new("bash", ["--noprofile", "--norc"])
        {
            WorkingDirectory = _folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in sandbox.Variables) start.Environment[name] = value;
        _shell = Process.Start(start)!;
        _errors = _shell.StandardError.ReadToEndAsync(CancellationToken.None);
        _shell.StandardInput.WriteLine($"source {Path.Combine(AppContext.BaseDirectory, "Running", "session.sh")}");
    }

    /// <summary>Runs commands, and returns what they print, errors and progress too.</summary>
    /// <exception cref="InvalidOperationException">One of them failed; the message has its errors.</exception>
    public async Task<string> RunAsync(string commands, CancellationToken cancellationToken)
    {
        string file = Path.Combine(_folder, $".step-{_steps++}.sh");
        await File.WriteAllTextAsync(file, commands + "\n", cancellationToken);
        await _shell.StandardInput.WriteLineAsync($"source {file} </dev/null 2>&1; echo; echo '{End}'".AsMemory(), cancellationToken);
        await _shell.StandardInput.FlushAsync(cancellationToken);
        StringBuilder output = new();
        while (await _shell.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line == End) return output.ToString().TrimEnd('\n');
            output.Append(line).Append('\n');
        }

        throw new InvalidOperationException($"{commands}\n{output}{await _errors}");
    }

    public async ValueTask DisposeAsync()
    {
        // The shell stops its silo when it ends.
        _shell.StandardInput.Close();
        await _shell.WaitForExitAsync(CancellationToken.None);
        _shell.Dispose();
    }
}
