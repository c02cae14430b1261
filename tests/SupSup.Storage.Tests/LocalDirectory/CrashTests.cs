using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace SupSup.Storage.Tests.LocalDirectory;

/// <summary>What a process that dies leaves behind: every acknowledged write, and nothing half-done.</summary>
public sealed class CrashTests(OrleansSerialization serialization) : IDisposable
{
    private const string ChildRoot = "SUPSUP_TEST_CHILD_ROOT";
    private const string ChildSocket = "SUPSUP_TEST_CHILD_SOCKET";

    private static readonly GrainId Grain = GrainId.Create("task", "crashing/1");

    private readonly TemporaryStore _store = new(serialization);

    public void Dispose() => _store.Dispose();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_a_leftover_of_a_crashed_write_when_started_then_it_is_removed_and_the_old_state_is_read()
    {
        await using (RunningStorage first = await _store.StartAsync()) await first.InsertAsync(Grain, "old");
        string record = _store.FileOf(Grain);
        string leftover = Path.Combine(Path.GetDirectoryName(record)!, ".0123456789abcdef0123456789abcdef.tmp");
        byte[] half = (await File.ReadAllBytesAsync(record, Cancellation))[..70];
        await File.WriteAllBytesAsync(leftover, half, Cancellation);

        await using RunningStorage second = await _store.StartAsync();

        Assert.False(File.Exists(leftover));
        Assert.Equal("old", (await second.ReadAsync(Grain)).State.Text);
    }

    [Fact]
    public async Task Given_records_whose_keys_look_like_leftovers_when_started_then_they_stay()
    {
        string[] keys = [".0.tmp", "x.tmp", ".tmp/.x.tmp"];
        GrainId[] grains = [.. keys.Select(key => GrainId.Create("task", key))];
        await using (RunningStorage first = await _store.StartAsync())
            foreach (GrainId grain in grains) await first.InsertAsync(grain, "kept");

        await using RunningStorage second = await _store.StartAsync();

        foreach (GrainId grain in grains) Assert.Equal("kept", (await second.ReadAsync(grain)).State.Text);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(40)]
    public async Task Given_a_process_killed_amid_writing_when_started_then_every_acknowledged_write_is_there(
        int writesBeforeTheKill)
    {
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        string address = Path.Combine(Path.GetTempPath(), $"supsup-{Guid.NewGuid():N}.sock");
        listener.Bind(new UnixDomainSocketEndPoint(address));
        listener.Listen();
        using Process child = StartChild(address);
        try
        {
            using Socket accepted = await listener.AcceptAsync(Cancellation);
            using var acknowledged = new StreamReader(new NetworkStream(accepted));
            long last = 0;
            for (int write = 0; write < writesBeforeTheKill; write++)
                last = long.Parse((await acknowledged.ReadLineAsync(Cancellation))!, CultureInfo.InvariantCulture);

            StorageDirectoryInUseException taken =
                await Assert.ThrowsAsync<StorageDirectoryInUseException>(async () => await _store.StartAsync());
            Assert.StartsWith($"pid {child.Id} on", taken.Holder);

            child.Kill();
            await child.WaitForExitAsync(Cancellation);
            while (await acknowledged.ReadLineAsync(Cancellation) is { Length: > 0 } line
                && long.TryParse(line, CultureInfo.InvariantCulture, out long number))
                last = number;

            await using RunningStorage running = await _store.StartAsync();
            SampleRecord read = await running.ReadAsync(Grain);
            Assert.InRange(read.State.Number, last, last + 1);
            Assert.All(read.State.Mask, b => Assert.Equal((byte)read.State.Number, b));
            Assert.Empty(_store.TemporaryFiles());
        }
        finally
        {
            if (!child.HasExited) child.Kill();
            File.Delete(address);
        }
    }

    /// <summary>The process that the test above kills; no test of its own, it runs only when asked for.</summary>
    [Fact(Explicit = true)]
    public async Task child_that_writes_until_killed()
    {
        string? root = Environment.GetEnvironmentVariable(ChildRoot);
        string? address = Environment.GetEnvironmentVariable(ChildSocket);
        if (root is null || address is null) Assert.Skip("meant to be started by another test");

        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(address), Cancellation);
        await using var acknowledge = new StreamWriter(new NetworkStream(socket)) { AutoFlush = true };
        using var store = new TemporaryStore(serialization, root);
        await using RunningStorage running = await store.StartAsync();
        var state = new SampleRecord(new SampleState());
        while (true)
        {
            state.State.Number++;
            state.State.Mask = new byte[20_000];
            state.State.Mask.AsSpan().Fill((byte)state.State.Number);
            await running.WriteAsync(Grain, state);
            await acknowledge.WriteLineAsync(state.State.Number.ToString(CultureInfo.InvariantCulture));
        }
    }

    private Process StartChild(string address)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList =
            {
                typeof(CrashTests).Assembly.Location,
                "-explicit", "only",
                "-method", $"{typeof(CrashTests).FullName}.{nameof(child_that_writes_until_killed)}",
            },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { [ChildRoot] = _store.Root, [ChildSocket] = address },
        };
        return Process.Start(start)!;
    }
}
