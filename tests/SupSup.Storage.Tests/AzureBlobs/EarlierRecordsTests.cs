using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace SupSup.Storage.Tests.AzureBlobs;

/// <summary>
/// Records of the provider before it stood on the official one: records.zip holds what commit 1280b6b stored. They are read,
/// and what is stored now has the same form, so that the earlier provider reads it.
/// </summary>
public sealed class EarlierRecordsTests(OrleansSerialization serialization, AzuriteFixture azurite)
{
    private static readonly GrainId Cleared = GrainId.Create("task", "cleared");

    // Plain, in other letters, those that end in a dot, that Azure does not take, and that are too long.
    private static readonly string[] Keys =
        ["permuted/12", "Задача", "a//b", "100%", "a.", "a./b", "..", "../x", "a\\b", "x\u0085", "%~x", new('x', 1100)];

    private readonly TemporaryContainer _container = new(serialization, azurite.ConnectionString);

    private static string Archive { get; } = Path.Combine(AppContext.BaseDirectory, "AzureBlobs", "records.zip");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_records_of_the_earlier_provider_when_used_then_they_are_as_any_other()
    {
        await BlobArchive.UploadAsync(Archive, _container.Client, Cancellation);
        await using RunningStorage running = await _container.StartAsync(new(DeleteStateOnClear: false));

        SampleRecord cleared = await running.ReadAsync(Cleared);
        Assert.False(cleared.RecordExists);
        Assert.NotNull(cleared.ETag);
        await running.WriteAsync(Cleared, cleared);
        foreach (string key in Keys)
        {
            SampleRecord read = await running.ReadAsync(GrainId.Create("task", key));
            AssertIsOf(key, read);
            read.State.Text = "later";
            await running.WriteAsync(GrainId.Create("task", key), read);
            Assert.Equal("later", (await running.ReadAsync(GrainId.Create("task", key))).State.Text);
        }
    }

    [Fact]
    public async Task Given_the_same_states_when_stored_then_the_blobs_are_those_of_the_earlier_provider()
    {
        var before = new TemporaryContainer(serialization, azurite.ConnectionString);
        await BlobArchive.UploadAsync(Archive, before.Client, Cancellation);
        await StoreAsync();

        Assert.Equal(await FormsAsync(before.Client), await FormsAsync(_container.Client));
    }

    /// <summary>Made records.zip, at the commit that the class names; SUPSUP_ARCHIVE says where the file goes.</summary>
    [Fact(Explicit = true)]
    public async Task Given_this_provider_when_its_records_are_archived_then_the_file_is_there()
    {
        await StoreAsync();
        string file = Environment.GetEnvironmentVariable("SUPSUP_ARCHIVE") ?? throw new InvalidOperationException("set SUPSUP_ARCHIVE");
        await BlobArchive.SaveAsync(_container.Client, file, Cancellation);

        Assert.True(new FileInfo(file).Length > 0);
    }

    private async Task StoreAsync()
    {
        await using RunningStorage running = await _container.StartAsync(new(DeleteStateOnClear: false));
        foreach (string key in Keys)
        {
            var state = new SampleState { Text = key, Number = key.Length, Mask = [.. Enumerable.Range(0, 300).Select(n => (byte)n)] };
            await running.WriteAsync(GrainId.Create("task", key), new SampleRecord(state));
        }

        await running.ClearAsync(Cleared, await running.InsertAsync(Cleared, "cleared"));
    }

    private static void AssertIsOf(string key, SampleRecord read)
    {
        Assert.Equal((key, key.Length, true), (read.State.Text, read.State.Number, read.RecordExists));
        Assert.Equal(Enumerable.Range(0, 300).Select(n => (byte)n), read.State.Mask);
    }

    /// <summary>Each blob's name, content and headers, but for what is new with each write, and what the earlier provider
    /// ignores.</summary>
    private static async Task<List<string>> FormsAsync(BlobContainerClient container)
    {
        List<string> forms = [];
        await foreach (BlobItem blob in container.GetBlobsAsync(cancellationToken: Cancellation))
        {
            BlobDownloadResult result = await container.GetBlobClient(blob.Name).DownloadContentAsync(Cancellation);
            BlobDownloadDetails details = result.Details;
            IEnumerable<string> metadata = details.Metadata.Where(entry => entry.Key != "supsuprecord")
                .Select(entry => $"{entry.Key} of {entry.Value.Length}");
            forms.Add(
                $"{blob.Name} {details.BlobType} {details.ContentType} {Convert.ToHexString(details.ContentHash)} " +
                $"{string.Join(' ', metadata)} {Convert.ToHexString(result.Content)}");
        }

        return forms;
    }
}
