namespace SupSup.Cli.Output;

/// <summary>Passes on what a long step says of itself, in order, on the caller's thread.</summary>
internal sealed class LineProgress(ProgressDisplay display) : IProgress<string>
{
    public void Report(string value) => display.Line(value);
}
