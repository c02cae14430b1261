using SupSup.Core.Datasets;
using SupSup.Core.Tests.Datasets;
using SupSup.Data.Formats;
using SupSup.Data.Published;

namespace SupSup.Data.Tests.Published;

[Collection(nameof(ProcessTests))]
public sealed class FashionMnistSourceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Given_debians_package_when_opened_then_it_is_the_real_one()
    {
        DatasetStatus before = await SharedCache.Store.VerifyAsync("fashion-mnist", Cancel);
        Assert.SkipWhen(
            before.State == DatasetState.NotFetched
            && !Directory.Exists("/usr/share/datasets/fashion-mnist")
            && !(Environment.IsPrivilegedProcess && File.Exists("/usr/bin/apt-get")),
            "Debian's package dataset-fashion-mnist is not installed, and this process cannot install it.");

        Dataset fashion = await SharedCache.Store.OpenAsync("fashion-mnist", null, Cancel);

        Assert.Equal((60_000, new ExampleShape.Pixels(1, 28, 28)), (fashion.Train.Count, fashion.Train.Shape));
        Assert.Equal((10_000, new ExampleShape.Pixels(1, 28, 28)), (fashion.Test.Count, fashion.Test.Shape));
        Assert.Equal([9, 0, 0], fashion.Train.Labels[..3]);
        Assert.Equal([9, 2, 1], fashion.Test.Labels[..3]);
        Assert.Equal(10, fashion.Classes);
        Assert.Equal(DatasetState.Ok, (await SharedCache.Store.VerifyAsync("fashion-mnist", Cancel)).State);

        Normalization measured = Normalization.Measure(fashion.Train);
        Assert.Equal(measured.Means[0], fashion.Normalization.Means[0], 1e-4f);
        Assert.Equal(measured.Deviations[0], fashion.Normalization.Deviations[0], 1e-4f);
    }

    [Fact]
    public async Task Given_no_package_and_no_root_when_fetched_then_one_line_says_what_to_install()
    {
        var source = new FashionMnistSource(_folder["installed"], mayInstall: false);

        var error = await Assert.ThrowsAsync<DatasetException>(() => source.FetchAsync(_folder.Path, null, null, Cancel));

        Assert.Equal(
            "fashion-mnist: Debian's package dataset-fashion-mnist is not installed, and only root can install it; "
            + "run `apt-get install dataset-fashion-mnist` as root, "
            + "or pass a folder that holds the four IDX files of Fashion-MNIST",
            error.Message);
    }

    [Fact]
    public async Task Given_no_apt_when_fetched_then_one_line_says_so()
    {
        var source = new FashionMnistSource(_folder["installed"], "no-such-apt-get", mayInstall: true);

        var error = await Assert.ThrowsAsync<DatasetException>(() => source.FetchAsync(_folder.Path, null, null, Cancel));

        Assert.Equal(
            "Debian's package dataset-fashion-mnist is not installed, and neither is no-such-apt-get", error.Problem);
    }

    [Fact]
    public async Task Given_a_package_unknown_before_an_update_when_fetched_then_updated_and_installed()
    {
        string installed = InstallSmallData(_folder["package"]);
        string apt = _folder.Script("apt-get", $"""
            echo "$3" "$7" >> {_folder["calls"]}
            case "$*" in
                *update) touch {_folder["updated"]} ;;
                *) if [ ! -e {_folder["updated"]} ]; then echo 'E: Unable to locate package' >&2; exit 100; fi
                   case "$*" in *download-only) ;; *) mv {installed} {_folder["installed"]} ;; esac ;;
            esac
            """);
        Directory.CreateDirectory(_folder["fetch"]);
        var source = new FashionMnistSource(_folder["installed"], apt, mayInstall: true);

        // The stand-in's package holds other pictures, which is found after it has been installed.
        var error = await Assert.ThrowsAsync<DatasetException>(() => source.FetchAsync(_folder["fetch"], null, null, Cancel));

        Assert.Equal("its content has 76 bytes, not 47040016", error.Problem);
        Assert.Equal(
            ["install --download-only", "update ", "install --download-only", "install "],
            await File.ReadAllLinesAsync(_folder["calls"], Cancel));
    }

    [Fact]
    public async Task Given_apt_that_fails_when_fetched_then_one_line_says_why()
    {
        string apt = _folder.Script("apt-get", "echo 'Reading...'; echo 'E: Unable to locate package x' >&2; exit 100");
        var source = new FashionMnistSource(_folder["installed"], apt, mayInstall: true);

        var error = await Assert.ThrowsAsync<DatasetException>(() => source.FetchAsync(_folder.Path, null, null, Cancel));

        Assert.Equal(
            $"`{apt} install dataset-fashion-mnist` failed: E: Unable to locate package x", error.Problem);
    }

    [Theory]
    [InlineData(true, "its gzip compression is damaged (")]
    [InlineData(false, "its content has 76 bytes, not 47040016")]
    public async Task Given_a_damaged_installed_file_when_fetched_then_it_is_named_with_reinstalling_as_the_remedy(
        bool inGzip, string problem)
    {
        string installed = InstallSmallData(_folder["installed"]);
        string damaged = Path.Combine(installed, $"{IdxFolder.TrainImages}.gz");
        if (inGzip)
        {
            byte[] content = File.ReadAllBytes(damaged);
            content.AsSpan(10, 20).Fill(0xff);
            File.WriteAllBytes(damaged, content);
        }

        Directory.CreateDirectory(_folder["fetch"]);

        var error = await Assert.ThrowsAsync<DatasetException>(
            () => new FashionMnistSource(installed).FetchAsync(_folder["fetch"], null, null, Cancel));

        Assert.Equal(damaged, error.Subject);
        Assert.StartsWith(problem, error.Problem, StringComparison.Ordinal);
        Assert.StartsWith(
            "reinstall it (apt-get install --reinstall dataset-fashion-mnist)", error.Remedy, StringComparison.Ordinal);
    }

    private static string InstallSmallData(string folder)
    {
        SmallData.Write(folder);
        foreach (string path in SmallData.Names.Select(name => Path.Combine(folder, name)))
        {
            File.WriteAllBytes($"{path}.gz", SmallData.Gzip(File.ReadAllBytes(path)));
            File.Delete(path);
        }

        return folder;
    }
}
