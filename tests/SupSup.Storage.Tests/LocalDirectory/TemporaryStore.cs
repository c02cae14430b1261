using Microsoft.Extensions.Logging.Abstractions;
using SupSup.Storage.LocalDirectory;

namespace SupSup.Storage.Tests.LocalDirectory;

/// <summary>A directory of a test's own, deleted in the end, and the provider on it.</summary>
public sealed class TemporaryStore(OrleansSerialization serialization, string? at = null) : IDisposable
{
    /// <summary>Root of the store; not there before the first start, unless it was given.</summary>
    public string Root { get; } = at ?? Path.Combine(Path.GetTempPath(), $"supsup-storage-{Guid.NewGuid():N}");

    /// <summary>The directory of the records.</summary>
    public string Container => Path.Combine(Root, "grainstate");

    /// <summary>The file of a grain's state, where its name needs no escape.</summary>
    public string FileOf(GrainId grain, string state = "mask") =>
        Path.Combine(Container, $"{state}-{grain.Type}", $"{grain.Key}.json");

    public string[] TemporaryFiles() => Directory.GetFiles(
        Container, "*.tmp", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 });

    public async ValueTask<RunningStorage> StartAsync(StorageSettings? settings = null)
    {
        settings ??= new StorageSettings();
        var options = new DirectoryGrainStorageOptions
        {
            RootDirectory = Root,
            DeleteStateOnClear = settings.DeleteStateOnClear,
            RecordVersion = settings.RecordVersion,
            GrainStorageSerializer = settings.Serializer ?? serialization.StorageSerializer,
        };
        var storage = new DirectoryGrainStorage(
            "test", options, serialization.Activators, NullLogger<DirectoryGrainStorage>.Instance);
        var lifecycle = new SiloLifecycleSubject(NullLogger<SiloLifecycleSubject>.Instance);
        storage.Participate(lifecycle);
        await lifecycle.OnStart(TestContext.Current.CancellationToken);
        return new RunningStorage(storage, async () =>
        {
            await lifecycle.OnStop(CancellationToken.None);
            storage.Dispose();
        });
    }

    public void Dispose()
    {
        if (at is null && Directory.Exists(Root)) Directory.Delete(Root, recursive: true);
    }
}
