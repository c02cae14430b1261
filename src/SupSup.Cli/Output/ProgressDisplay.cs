using Spectre.Console;
using SupSup.Experiments.Learners;
using SupSup.Experiments.Running;

namespace SupSup.Cli.Output;

/// <summary>Progress on stderr: live bars on a terminal, plain lines elsewhere.</summary>
internal abstract class ProgressDisplay : IRunDisplay, IProgress<string>
{
    /// <summary>The display that suits stderr.</summary>
    public static ProgressDisplay ForStandardError()
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return Console.IsErrorRedirected || !console.Profile.Capabilities.Interactive
            ? new PlainProgressDisplay(Console.Error, TimeProvider.System)
            : new LiveProgressDisplay(console);
    }

    /// <summary>Says something between stages.</summary>
    public abstract void Line(string line);

    /// <summary>Passes on what a long step says of itself, in order, on the caller's thread.</summary>
    public void Report(string value) => Line(value);

    /// <summary>Runs a stage.</summary>
    /// <param name="stage">What is being done.</param>
    /// <param name="total">Units in the stage.</param>
    /// <param name="work">The work.</param>
    public abstract Task RunAsync(string stage, double total, Func<IStageProgress, Task> work);
}
