namespace SupSup.Storage.Tests;

[GrainType("notebook")]
public sealed class NotebookGrain([PersistentState("page", "masks")] IPersistentState<SampleState> page)
    : Grain, INotebookGrain
{
    public Task WriteAsync(string text)
    {
        page.State.Text = text;
        return page.WriteStateAsync();
    }

    public Task<string> ReadAsync() => Task.FromResult(page.State.Text);
}
