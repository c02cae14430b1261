using Spectre.Console;

namespace SupSup.Cli.Output;

/// <summary>Bars with percentage and remaining time.</summary>
internal sealed class LiveProgressDisplay(IAnsiConsole console) : ProgressDisplay
{
    public override void Line(string line) => console.WriteLine(line);

    public override Task RunAsync(string stage, double total, Func<IStageProgress, Task> work) => console.Progress()
        .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn(), new RemainingTimeColumn())
        .StartAsync(context => work(new Stage(context.AddTask(Markup.Escape(stage), maxValue: total), stage)));

    private sealed class Stage(ProgressTask task, string stage) : IStageProgress
    {
        public void Advance(double amount) => task.Increment(amount);

        public void Note(string line) => task.Description = Markup.Escape($"{stage}: {line}");
    }
}
