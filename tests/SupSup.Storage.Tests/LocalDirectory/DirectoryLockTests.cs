namespace SupSup.Storage.Tests.LocalDirectory;

/// <summary>One directory, one silo.</summary>
public sealed class DirectoryLockTests(OrleansSerialization serialization) : IDisposable
{
    private readonly TemporaryStore _store = new(serialization);

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task Given_a_started_provider_when_a_second_one_starts_on_its_directory_then_it_is_told_who_has_it()
    {
        await using RunningStorage first = await _store.StartAsync();

        StorageDirectoryInUseException refused =
            await Assert.ThrowsAsync<StorageDirectoryInUseException>(async () => await _store.StartAsync());

        Assert.Equal(_store.Root, refused.Directory);
        Assert.Contains($"{_store.Root} is in use by pid {Environment.ProcessId} on", refused.Message);
        Assert.DoesNotContain('\n', refused.Message);
        await first.InsertAsync(GrainId.Create("task", "1"), "the first goes on");
    }

    [Fact]
    public async Task Given_a_stopped_provider_when_another_starts_on_its_directory_then_it_gets_it()
    {
        await (await _store.StartAsync()).DisposeAsync();

        Assert.Equal(0, new FileInfo(Path.Combine(_store.Root, ".lock")).Length);
        await using RunningStorage second = await _store.StartAsync();
    }

    [Fact]
    public async Task Given_the_lock_file_of_a_dead_process_when_started_then_it_is_taken_over()
    {
        Directory.CreateDirectory(_store.Root);
        await File.WriteAllTextAsync(
            Path.Combine(_store.Root, ".lock"), "pid 4194303 on elsewhere\n", TestContext.Current.CancellationToken);

        await using RunningStorage running = await _store.StartAsync();

        await running.InsertAsync(GrainId.Create("task", "1"), "works");
    }
}
