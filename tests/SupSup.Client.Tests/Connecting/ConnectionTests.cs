using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SupSup.Grains.Interfaces.Models;
using SupSup.LocalCluster;

namespace SupSup.Client.Tests.Connecting;

public sealed class ConnectionTests : IDisposable
{
    private readonly string _store = Directory.CreateTempSubdirectory("supsup-client-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_store, recursive: true);

    [Fact]
    public async Task Given_a_silo_that_is_not_up_yet_when_a_client_connects_then_it_waits_for_it()
    {
        int[] ports = LoopbackPorts.Free(2);
        (int silo, int gateway) = (ports[0], ports[1]);
        TaskCompletionSource tried = new();
        Task<SupSupConnection> connecting = SupSupConnection.ConnectAsync(
            Options(gateway, retry => retry.OnRetry = _ => tried.TrySetResult()), Stop);
        await tried.Task.WaitAsync(Stop);
        Assert.False(connecting.IsCompleted);
        using Process process = SiloProcess.Start(_store, silo, gateway);
        _ = process.StandardOutput.ReadToEndAsync(Stop);
        _ = process.StandardError.ReadToEndAsync(Stop);
        try
        {
            await using SupSupConnection connection = await connecting;
            await ExpectAsync(SupSupError.NotFound, "'nowhere'", () => connection.Client.OpenAsync("nowhere", Stop));
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }

    [Fact]
    public async Task Given_no_silo_when_a_client_connects_then_it_gives_up_with_one_line_that_names_the_address()
    {
        SupSupClientOptions options = Options(LoopbackPorts.Free(1)[0]);
        options.ConnectTimeout = TimeSpan.FromSeconds(0.3);
        await ExpectAsync(SupSupError.Unavailable, $"answered at gateway {options.Gateways[0]} within 0.3 s",
            () => SupSupConnection.ConnectAsync(options, Stop));
    }

    [Fact]
    public async Task Given_a_redis_that_is_not_there_when_a_client_connects_then_it_gives_up_without_telling_the_password()
    {
        int port = LoopbackPorts.Free(1)[0];
        SupSupClientOptions options =
            new() { Redis = $"127.0.0.1:{port},password=secret,connectTimeout=200", ConnectTimeout = TimeSpan.FromSeconds(0.3) };
        SupSupException error = await ExpectAsync(SupSupError.Unavailable, $"answered at Redis 127.0.0.1:{port} within 0.3 s",
            () => SupSupConnection.ConnectAsync(options, Stop));
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }

    [Theory, InlineData("nowhere"), InlineData("host:"), InlineData(":30000"), InlineData("host:70000")]
    public async Task Given_an_address_that_cannot_be_read_when_a_client_connects_then_it_is_refused(string gateway)
    {
        SupSupClientOptions options = new();
        options.Gateways.Add(gateway);
        await ExpectAsync(SupSupError.InvalidRequest, $"'{gateway}'", () => SupSupConnection.ConnectAsync(options, Stop));
        await ExpectAsync(SupSupError.InvalidRequest, "the Redis connection string", () => SupSupConnection.ConnectAsync(
            new SupSupClientOptions { Redis = "a:1,nonsense=2" }, Stop));
    }

    [Fact]
    public async Task Given_a_caller_that_cancels_when_a_client_connects_then_it_ends()
    {
        using CancellationTokenSource caller = new();
        SupSupClientOptions options = Options(LoopbackPorts.Free(1)[0], retry => retry.OnRetry = _ => caller.Cancel());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => SupSupConnection.ConnectAsync(options, caller.Token));
    }

    [Fact]
    public async Task Given_a_host_of_the_applications_own_when_the_client_is_added_then_it_connects_with_the_host_and_ends_with_it()
    {
        await using SiloProcess silo = await SiloProcess.StartAsync(_store);
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.AddSupSupClient(options => options.Gateways.Add($"localhost:{silo.Gateway}"));
        using IHost host = builder.Build();
        await host.StartAsync(Stop);
        SupSupClient client = host.Services.GetRequiredService<SupSupClient>();
        await ExpectAsync(SupSupError.NotFound, "'nowhere'", () => client.OpenAsync("nowhere", Stop));
        await host.StopAsync(Stop);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => client.OpenAsync("nowhere", Stop));
    }

    [Fact]
    public async Task Given_a_silo_that_died_when_a_client_asks_then_it_gives_up_when_its_patience_ends_and_a_closed_connection_says_so()
    {
        SiloProcess silo = await SiloProcess.StartAsync(_store);
        List<RetryNotice> notices = [];
        SupSupConnection connection = await SupSupConnection.ConnectAsync(
            Options(silo.Gateway, retry =>
            {
                retry.RetryFor = TimeSpan.FromSeconds(0.5);
                retry.OnRetry = notices.Add;
            }),
            Stop);
        await silo.KillAsync();
        await ExpectAsync(SupSupError.Unavailable, "open model m failed", () => connection.Client.OpenAsync("m", Stop));
        Assert.NotEmpty(notices);
        await connection.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => connection.Client.OpenAsync("m", Stop));
        await silo.DisposeAsync();
    }

    private static SupSupClientOptions Options(int gateway, Action<RetryOptions>? retry = null)
    {
        SupSupClientOptions options = new();
        options.Gateways.Add($"127.0.0.1:{gateway}");
        retry?.Invoke(options.Retry);
        return options;
    }

    private static async Task<SupSupException> ExpectAsync(SupSupError kind, string words, Func<Task> call)
    {
        SupSupException error = await Assert.ThrowsAsync<SupSupException>(call);
        Assert.Equal(kind, error.Error);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
        return error;
    }
}
