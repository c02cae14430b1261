using SupSup.Core.Datasets;
using SupSup.Core.Tests.Datasets;
using SupSup.Data.Published;

namespace SupSup.Data.Tests.Published;

/// <summary>Publishes <see cref="SmallData"/>; a test may have something happen after the files are written.</summary>
internal sealed class FakeSource : IDatasetSource
{
    private int _fetches;

    public FakeSource()
    {
        using var folder = new TemporaryFolder();
        SmallData.Write(folder.Path);
        Files = [.. SmallData.Names.Select(name => DatasetFile.Describe(folder[name]))];
    }

    public Func<string, Task> AfterWriting { get; init; } = _ => Task.CompletedTask;

    public int Fetches => _fetches;

    public string Name => "small";

    public string Description => "A few images";

    public int Classes => SmallData.Classes;

    public Normalization Normalization => new(0.25f, 0.5f);

    public IReadOnlyList<DatasetFile> Files { get; }

    public async Task FetchAsync(string directory, string? archive, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _fetches);
        progress?.Report("small: fetching");
        SmallData.Write(directory);
        await AfterWriting(directory);
        cancellationToken.ThrowIfCancellationRequested();
    }
}
