using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using SupSup.Client;
using SupSup.Grains.Interfaces.Models;
using SupSup.LocalCluster;
using SupSup.Silo.Tests.Security;

namespace SupSup.Silo.Tests.Cluster;

/// <summary>Silo processes whose ports for silos and clients have TLS.</summary>
public sealed class ClusterTlsTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("supsup-cluster-tls-").FullName;
    private readonly ClusterCertificates _certificates = new();
    private readonly List<SiloProcess> _silos = [];
    private AzuriteServer _blobs = null!;
    private RedisServer _redis = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _blobs = await AzuriteServer.StartNewAsync(Path.Combine(_folder, "blobs"), Stop);
        _redis = new RedisServer(Path.Combine(_folder, "redis"), LoopbackPorts.Free(1)[0]);
        await _redis.StartAsync(Stop);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (SiloProcess silo in _silos) await silo.DisposeAsync();
        await _redis.DisposeAsync();
        await _blobs.DisposeAsync();
        _certificates.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Given_silos_and_a_client_with_certificates_when_one_silo_is_killed_then_the_other_answers_as_before()
    {
        await StartAsync("one");
        await StartAsync("two");
        await using SupSupConnection connection = await SupSupConnection.ConnectAsync(
            new SupSupClientOptions { Redis = _redis.ConnectionString, Tls = _certificates.Client("ruth") }, Stop);
        SupSupModel model = await connection.Client.CreateAsync("m", ClusterData.Spec, Stop);
        for (int task = 0; task < 3; task++) await model.LearnAsync(task, Stop);
        Prediction[] before = await model.InferAsync(ClusterData.Inputs, cancellationToken: Stop);
        await _silos[0].KillAsync();
        Prediction[] after = await model.InferAsync(ClusterData.Inputs, cancellationToken: Stop);
        Assert.Equal(before.Select(answer => (answer.Task, answer.Class)), after.Select(answer => (answer.Task, answer.Class)));
    }

    [Fact]
    public async Task Given_a_silo_with_tls_when_clients_come_that_may_not_then_both_ends_have_a_line_that_says_why()
    {
        SiloProcess silo = await StartAsync("one");
        string expired = await RefusedAsync(silo, _certificates.Client("late", until: DateTimeOffset.UtcNow.AddHours(-1)));
        Assert.Contains("expired at", expired, StringComparison.Ordinal);
        string strange = await RefusedAsync(silo, _certificates.Client("stranger", isStrange: true));
        Assert.Contains("was issued by 'CN=strangers'", strange, StringComparison.Ordinal);

        // Found out by the client itself, before it connects. A silo has to find out too.
        await ShowAsync(silo.GatewayPort, "late");
        await ShowAsync(silo.GatewayPort, "stranger");
        await ShowAsync(silo.GatewayPort, null);
        await LogAsync("one", "gateway refused a connection from 127.0.0.1: its certificate 'CN=late' expired at");
        await LogAsync("one", "gateway refused a connection from 127.0.0.1: its certificate 'CN=stranger' was issued by 'CN=strangers'");
        await LogAsync("one", "gateway refused a connection from 127.0.0.1: its certificate is missing");
        string cleartext = await RefusedAsync(silo, null);
        Assert.Contains("answered at gateway 127.0.0.1:", cleartext, StringComparison.Ordinal);
        await LogAsync("one", "it spoke no TLS, refused this silo's certificate, or went");
    }

    [Fact]
    public async Task Given_a_client_that_only_the_silo_refuses_when_it_connects_then_it_says_so_at_once()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("SUPSUP_LONG_TESTS") == "1", "a part of the long run: ./test.sh --long");
        SiloProcess silo = await StartAsync("one");
        string error = await RefusedAsync(silo, _certificates.ClientThatTrustsBoth("stranger"));
        Assert.Contains("it hangs up at once, as where it refuses this program's certificate", error, StringComparison.Ordinal);
        await LogAsync("one", "its certificate 'CN=stranger' was issued by 'CN=strangers'");
    }

    [Fact]
    public async Task Given_a_client_when_it_meets_what_is_no_silo_of_its_authority_then_it_says_so_at_once()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("SUPSUP_LONG_TESTS") == "1", "a part of the long run: ./test.sh --long");
        _certificates.Write("old", "supsup-silo");
        SiloProcess silo = await StartAsync("one", "old");

        // A client's certificate may be shown by whoever stole it: it makes no silo.
        _certificates.Write("old", "someone", isStrange: false);
        await Task.Delay(TimeSpan.FromSeconds(6), Stop);
        string error = await RefusedAsync(silo, _certificates.Client("ruth"));
        Assert.Contains(
            "its certificate 'CN=old' does not carry the DNS name 'supsup-silo', by which silos are known",
            error,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_a_clients_certificate_when_it_is_shown_at_the_port_for_silos_then_it_is_refused_there()
    {
        SiloProcess silo = await StartAsync("one");
        _certificates.Client("ruth");
        await ShowAsync(silo.SiloPort, "ruth");
        await LogAsync(
            "one",
            "port for silos refused a connection from 127.0.0.1: its certificate 'CN=ruth' does not carry the DNS name 'supsup-silo'");
    }

    [Fact]
    public async Task Given_a_certificate_that_is_renewed_when_a_client_connects_then_it_is_shown_the_new_one()
    {
        SiloProcess silo = await StartAsync("one");
        ClientTls client = _certificates.Client("ruth");
        await using SupSupConnection before = await ConnectAsync(silo, client);
        string renewed = _certificates.Write("silo", "supsup-silo");
        await Task.Delay(TimeSpan.FromSeconds(6), Stop);
        Assert.Equal(renewed, (await ShowAsync(silo.GatewayPort, "ruth", isRefused: false))?.SerialNumber);
        await using SupSupConnection after = await ConnectAsync(silo, client);
        Assert.Empty(await before.Client.ListModelsAsync(Stop));
        Assert.Empty(await after.Client.ListModelsAsync(Stop));
    }

    [Fact]
    public async Task Given_a_silo_of_another_authority_when_it_starts_then_the_cluster_refuses_it_and_goes_on()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("SUPSUP_LONG_TESTS") == "1", "a part of the long run: ./test.sh --long");
        SiloProcess silo = await StartAsync("one");
        using ClusterCertificates others = new();
        SiloProcess other = Describe("other", others.Settings());
        _silos.Add(other);
        using CancellationTokenSource enough = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        Task start = other.StartAsync(enough.Token);
        await LogAsync("other", "There is no connection to the silo at 127.0.0.1");
        await LogAsync("one", "port for silos refused a connection from 127.0.0.1");
        await enough.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => start);
        await using SupSupConnection connection = await ConnectAsync(silo, _certificates.Client("ruth"));
        Assert.Empty(await connection.Client.ListModelsAsync(Stop));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Given_keys_and_ports_that_others_reach_when_there_is_no_tls_then_the_gateway_is_shut_unless_set(bool isSet)
    {
        using KeyFile keys = new();
        Dictionary<string, string> settings = new()
        {
            ["Endpoints:ListenOnAnyAddress"] = "true",
            ["Endpoints:GatewayWithoutTls"] = isSet ? "true" : "false",
            ["Security:KeysFile"] = keys.File,
        };
        SiloProcess silo = Describe("one", settings);
        _silos.Add(silo);
        await silo.StartAsync(Stop);
        string log = await LogAsync("one", $"Port{(isSet ? "s" : "")} {silo.SiloPort}");
        using TcpClient client = new();
        if (isSet) await client.ConnectAsync("127.0.0.1", silo.GatewayPort, Stop);
        else await Assert.ThrowsAsync<SocketException>(() => client.ConnectAsync("127.0.0.1", silo.GatewayPort, Stop).AsTask());
        Assert.Contains(isSet ? "whoever reaches them may do everything" : "stays shut for the same reason", log, StringComparison.Ordinal);
    }

    private static async Task<string> RefusedAsync(SiloProcess silo, ClientTls? tls) =>
        (await Assert.ThrowsAsync<SupSupException>(() => ConnectAsync(silo, tls))).Message;

    private static Task<SupSupConnection> ConnectAsync(SiloProcess silo, ClientTls? tls)
    {
        SupSupClientOptions options = new() { Tls = tls, ConnectTimeout = TimeSpan.FromSeconds(tls is null ? 2 : 60) };
        options.Gateways.Add($"127.0.0.1:{silo.GatewayPort}");
        return SupSupConnection.ConnectAsync(options, Stop);
    }

    // Connects as a client that does not judge, and returns what the other end showed; waits until it hangs up.
    private async Task<X509Certificate2?> ShowAsync(int port, string? name, bool isRefused = true)
    {
        using TcpClient client = new();
        await client.ConnectAsync("127.0.0.1", port, Stop);
#pragma warning disable CA5359 // who judges here is the other end
        await using SslStream stream = new(client.GetStream(), false, (_, _, _, _) => true);
#pragma warning restore CA5359
        SslClientAuthenticationOptions options = new() { TargetHost = "supsup-silo" };
        if (name is not null) options.ClientCertificateContext = SslStreamCertificateContext.Create(_certificates.Read(name), null);
        await stream.AuthenticateAsClientAsync(options, Stop);
        X509Certificate2? shown = stream.RemoteCertificate as X509Certificate2;
        if (!isRefused) return shown;

        // Else it may look as if this end had gone.
        try
        {
            Assert.Equal(0, await stream.ReadAsync(new byte[1], Stop));
        }
        catch (IOException)
        {
        }

        return shown;
    }

    private async Task<SiloProcess> StartAsync(string name, string certificate = "silo")
    {
        SiloProcess silo = Describe(name, _certificates.Settings(certificate));
        _silos.Add(silo);
        await silo.StartAsync(Stop);
        return silo;
    }

    private SiloProcess Describe(string name, Dictionary<string, string> more)
    {
        int[] ports = LoopbackPorts.Free(3);
        Dictionary<string, string> settings = new(more)
        {
            ["Membership:Kind"] = "redis",
            ["Membership:Redis"] = _redis.ConnectionString,
            ["Storage:Kind"] = "azure",
            ["Storage:ConnectionString"] = _blobs.ConnectionString,
            ["Drain:Seconds"] = "0",
        };
        return new SiloProcess(
            Path.Combine(AppContext.BaseDirectory, "SupSup.Silo"), name, Log(name), (ports[0], ports[1], ports[2]), settings);
    }

    private string Log(string name) => Path.Combine(_folder, $"{name}.log");

    // Waits for a line of a silo's log.
    private async Task<string> LogAsync(string name, string line)
    {
        for (int tries = 0; tries < 300; tries++)
        {
            string log = File.Exists(Log(name)) ? await File.ReadAllTextAsync(Log(name), Stop) : "";
            if (log.Contains(line, StringComparison.Ordinal)) return log;
            await Task.Delay(TimeSpan.FromMilliseconds(100), Stop);
        }

        Assert.Fail($"'{line}' is not in the log of silo {name}:\n{await File.ReadAllTextAsync(Log(name), Stop)}");
        return "";
    }
}
