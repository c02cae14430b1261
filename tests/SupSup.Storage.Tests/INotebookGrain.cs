namespace SupSup.Storage.Tests;

/// <summary>A grain that keeps what it is given.</summary>
[Alias("SupSup.Storage.Tests.INotebookGrain")]
public interface INotebookGrain : IGrainWithStringKey
{
    [Alias("WriteAsync")]
    Task WriteAsync(string text);

    [Alias("ReadAsync")]
    Task<string> ReadAsync();
}
