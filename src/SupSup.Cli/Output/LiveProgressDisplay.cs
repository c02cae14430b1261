using Spectre.Console;
using SupSup.Experiments.Learners;

namespace SupSup.Cli.Output;

/// <summary>Bars with percentage and remaining time.</summary>
internal sealed class LiveProgressDisplay(IAnsiConsole console) : ProgressDisplay
{
    // Bar, percentage, two times and the spaces between: what the text must leave, or the columns wrap.
    private const int ColumnsBesideText = 68;

    public override void Line(string line) => console.WriteLine(line);

    public override Task RunAsync(string stage, double total, Func<IStageProgress, Task> work) => console.Progress()
        .AutoRefresh(true)
        .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(),
            new ElapsedTimeColumn(), new RemainingTimeColumn())
        .StartAsync(context => work(new Stage(context.AddTask(Markup.Escape(stage), maxValue: total), stage, Math.Max(
            stage.Length, console.Profile.Width - ColumnsBesideText))));

    private sealed class Stage(ProgressTask task, string stage, int width) : IStageProgress
    {
        public void Advance(double amount) => task.Increment(amount);

        public void Note(string line)
        {
            string text = $"{stage}: {line}";
            task.Description = Markup.Escape(text.Length <= width ? text : $"{text[..(width - 1)]}…");
        }
    }
}
