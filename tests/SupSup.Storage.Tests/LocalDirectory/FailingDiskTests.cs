using System.Diagnostics;
using System.Runtime.Versioning;

namespace SupSup.Storage.Tests.LocalDirectory;

/// <summary>A file system that refuses: the refusal is named and nothing is changed.</summary>
public sealed class FailingDiskTests(OrleansSerialization serialization) : IDisposable
{
    private static readonly GrainId Grain = GrainId.Create("task", "1");

    private readonly string _mountPoint = Directory.CreateTempSubdirectory("supsup-disk-").FullName;
    private bool _mounted;

    private TemporaryStore Store => new(serialization, Path.Combine(_mountPoint, "store"));

    [Fact]
    public async Task Given_a_full_disk_when_written_then_it_is_refused_and_the_old_state_stays()
    {
        MountOrSkip("size=256k");
        await using RunningStorage running = await Store.StartAsync();
        SampleRecord state = await running.InsertAsync(Grain, "old");
        string? etag = state.ETag;
        state.State.Text = "new";
        state.State.Mask = new byte[1_000_000];

        GrainStorageIOException refused =
            await Assert.ThrowsAsync<GrainStorageIOException>(() => running.WriteAsync(Grain, state));

        Assert.Equal(
            $"cannot write {Store.FileOf(Grain)}: No space left on device; nothing was changed", refused.Message);
        Assert.Equal(etag, state.ETag);
        Assert.Empty(Store.TemporaryFiles());
        Assert.Equal("old", (await running.ReadAsync(Grain)).State.Text);
        state.State.Mask = [];
        await running.WriteAsync(Grain, state);
        Assert.Equal("new", (await running.ReadAsync(Grain)).State.Text);
    }

    [Fact]
    public async Task Given_a_read_only_disk_when_written_or_cleared_then_it_is_refused_and_the_state_is_still_read()
    {
        MountOrSkip("size=256k");
        await using RunningStorage running = await Store.StartAsync();
        SampleRecord state = await running.InsertAsync(Grain, "old");

        // Through a second, read-only mount of the same file system: the lock file keeps the first one writable.
        string records = Path.GetDirectoryName(Store.FileOf(Grain))!;
        RunOrSkip("mount", "--bind", records, records);
        try
        {
            RunOrSkip("mount", "-o", "remount,bind,ro", records);
            GrainStorageIOException write =
                await Assert.ThrowsAsync<GrainStorageIOException>(() => running.WriteAsync(Grain, state));
            GrainStorageIOException clear =
                await Assert.ThrowsAsync<GrainStorageIOException>(() => running.ClearAsync(Grain, state));

            Assert.Contains("Read-only file system; nothing was changed", write.Message);
            Assert.Contains("Read-only file system; nothing was changed", clear.Message);
            SampleRecord read = await running.ReadAsync(Grain);
            Assert.Equal(("old", state.ETag), (read.State.Text, read.ETag));
        }
        finally
        {
            Run("umount", records);
        }
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task Given_a_directory_without_permission_when_written_then_it_is_refused()
    {
        if (Environment.IsPrivilegedProcess) Assert.Skip("root may write everywhere");
        await using RunningStorage running = await Store.StartAsync();
        SampleRecord state = await running.InsertAsync(Grain, "old");
        string records = Path.GetDirectoryName(Store.FileOf(Grain))!;
        File.SetUnixFileMode(records, UnixFileMode.UserRead | UnixFileMode.UserExecute);

        GrainStorageIOException refused =
            await Assert.ThrowsAsync<GrainStorageIOException>(() => running.WriteAsync(Grain, state));

        File.SetUnixFileMode(records, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Assert.Contains("Permission denied; nothing was changed", refused.Message);
    }

    [Fact]
    public async Task Given_a_root_that_is_a_file_when_started_then_one_line_says_so()
    {
        string file = Path.Combine(_mountPoint, "store");
        await File.WriteAllTextAsync(file, "", TestContext.Current.CancellationToken);

        GrainStorageIOException refused =
            await Assert.ThrowsAsync<GrainStorageIOException>(async () => await Store.StartAsync());

        Assert.StartsWith($"cannot create {file}: ", refused.Message);
        Assert.DoesNotContain('\n', refused.Message);
    }

    [Fact]
    public async Task Given_a_container_that_disappears_when_read_then_it_does_not_pass_for_an_empty_one()
    {
        await using RunningStorage running = await Store.StartAsync();
        await running.InsertAsync(Grain, "old");
        Directory.Move(Store.Container, Store.Container + "-gone");

        GrainStorageIOException read =
            await Assert.ThrowsAsync<GrainStorageIOException>(async () => await running.ReadAsync(Grain));
        await Assert.ThrowsAsync<GrainStorageIOException>(async () => await running.InsertAsync(Grain, "new"));

        Assert.Contains("has disappeared", read.Message);
        Assert.False(Directory.Exists(Store.Container));
    }

    public void Dispose()
    {
        if (_mounted) Run("umount", _mountPoint);
        Directory.Delete(_mountPoint, recursive: true);
    }

    private void MountOrSkip(string options)
    {
        RunOrSkip("mount", "-t", "tmpfs", "-o", options, "tmpfs", _mountPoint);
        _mounted = true;
    }

    private static void RunOrSkip(string command, params string[] arguments)
    {
        if (Run(command, arguments) is { Length: > 0 } problem) Assert.Skip($"needs to mount a file system: {problem}");
    }

    private static string Run(string command, params string[] arguments)
    {
        var start = new ProcessStartInfo(command, arguments) { RedirectStandardError = true };
        try
        {
            using Process process = Process.Start(start)!;
            string error = process.StandardError.ReadToEnd().Trim();
            process.WaitForExit();
            return process.ExitCode == 0 ? "" : $"{command} exited with {process.ExitCode}: {error}";
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return e.Message;
        }
    }
}
