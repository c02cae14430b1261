using Microsoft.Extensions.Hosting;

namespace SupSup.Storage.Tests.LocalDirectory;

/// <summary>The provider as a silo registers, starts, uses and stops it.</summary>
public sealed class SiloTests(OrleansSerialization serialization) : IDisposable
{
    private readonly TemporaryStore _store = new(serialization);

    public void Dispose() => _store.Dispose();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_a_grain_wrote_its_state_when_the_silo_is_replaced_then_the_next_one_reads_it()
    {
        using (IHost first = await StartSiloAsync())
        {
            await first.Notebook("permuted/Задача").WriteAsync("kept");
            await first.StopAsync(Cancellation);
        }

        using IHost second = await StartSiloAsync();

        Assert.Equal("kept", await second.Notebook("permuted/Задача").ReadAsync());
        Assert.True(File.Exists(Path.Combine(_store.Container, "page-notebook", "permuted", "Задача.json")));
        await second.StopAsync(Cancellation);
    }

    [Fact]
    public async Task Given_a_damaged_file_when_its_grain_is_called_then_the_caller_reads_the_one_line()
    {
        using IHost silo = await StartSiloAsync();
        string file = Path.Combine(_store.Container, "page-notebook", "1.json");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllTextAsync(file, "not a record", Cancellation);

        DamagedGrainStateException refused =
            await Assert.ThrowsAsync<DamagedGrainStateException>(() => silo.Notebook("1").ReadAsync());

        Assert.Equal(file, refused.Location);
        Assert.DoesNotContain('\n', refused.Message);
        await silo.StopAsync(Cancellation);
    }

    [Fact]
    public async Task Given_a_silo_on_a_directory_when_another_starts_on_it_then_the_start_fails_and_says_why()
    {
        using IHost first = await StartSiloAsync();

        StorageDirectoryInUseException refused =
            await Assert.ThrowsAsync<StorageDirectoryInUseException>(StartSiloAsync);

        Assert.Equal(_store.Root, refused.Directory);
        await first.Notebook("1").WriteAsync("the first goes on");
        await first.StopAsync(Cancellation);
    }

    private Task<IHost> StartSiloAsync() => TestSilo.StartAsync(
        silo => silo.AddDirectoryGrainStorage("masks", options => options.RootDirectory = _store.Root));
}
