using System.Diagnostics;
using SupSup.Experiments.Files;

namespace SupSup.Experiments.Tests.Files;

/// <summary>Files that users name: what is there is never replaced by something of another kind.</summary>
public sealed class OutputFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("supsup-output-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Given_a_new_or_regular_file_when_written_then_it_is_there_whole_and_nothing_beside_it()
    {
        OutputFile.Of(In("new.bin")).Write([1, 2, 3]);
        OutputFile.Of(In("new.bin")).Write([4]);
        Assert.Equal([4], File.ReadAllBytes(In("new.bin")));
        Assert.Single(Directory.GetFiles(_folder));
        OutputFile file = OutputFile.Of(In("new.bin"));
        Assert.ThrowsAny<IOException>(() => file.WriteAsync(_ => throw new IOException("full")).GetAwaiter().GetResult());
        Assert.Equal([4], File.ReadAllBytes(In("new.bin")));
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Fact]
    public void Given_a_link_when_written_then_what_it_leads_to_is_written_and_the_link_stays()
    {
        File.CreateSymbolicLink(In("link"), In("target"));
        OutputFile.Of(In("link")).Write([1]);
        AtomicFile.Write(In("link"), path => File.WriteAllBytes(path, [2]));
        Assert.Equal([2], File.ReadAllBytes(In("target")));
        Assert.Equal(In("target"), File.ResolveLinkTarget(In("link"), returnFinalTarget: false)!.FullName);
    }

    [Fact]
    public void Given_a_folder_or_no_folder_when_named_then_it_is_refused_before_anything_is_written()
    {
        Directory.CreateDirectory(In("folder"));
        Assert.Contains("is a folder", Assert.ThrowsAny<IOException>(() => OutputFile.Of(In("folder"))).Message, StringComparison.Ordinal);
        Assert.Contains(
            In("none"), Assert.ThrowsAny<IOException>(() => OutputFile.Of(In("none/file"))).Message, StringComparison.Ordinal);
        Assert.ThrowsAny<IOException>(() => AtomicFile.Write(In("folder"), path => File.WriteAllBytes(path, [1])));
    }

    [Fact]
    public async Task Given_a_pipe_when_written_then_its_reader_gets_the_bytes_and_it_stays_a_pipe()
    {
        string pipe = In("pipe");
        using (Process make = Process.Start("mkfifo", [pipe])) await make.WaitForExitAsync(Stop);
        using Process reader = Process.Start(new ProcessStartInfo("cat", [pipe]) { RedirectStandardOutput = true })!;
        Task<string> read = reader.StandardOutput.ReadToEndAsync(Stop);
        OutputFile.Of(pipe).Write("through"u8.ToArray());
        Assert.Equal("through", await read);
        Assert.Contains("no regular file", Assert.ThrowsAny<IOException>(
            () => AtomicFile.Write(pipe, path => File.WriteAllBytes(path, [1]))).Message, StringComparison.Ordinal);
        Assert.Single(Directory.GetFileSystemEntries(_folder));
        OutputFile.Of("/dev/null").Write([1]);
        Assert.False(File.Exists("/dev/null") && new FileInfo("/dev/null").Length > 0);
    }

    private string In(string name) => Path.Combine(_folder, name);
}
