namespace SupSup.Data.Tests;

/// <summary>Keeps progress in the order reported (Progress&lt;T&gt; posts it to the thread pool).</summary>
internal sealed class CollectedProgress : IProgress<string>
{
    public List<string> Lines { get; } = [];

    public void Report(string value) => Lines.Add(value);
}
