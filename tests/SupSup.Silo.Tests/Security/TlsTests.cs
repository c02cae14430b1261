using System.Net;
using System.Security.Cryptography.X509Certificates;
using Grpc.Net.Client;
using SupSup.Silo.OpenInference.Protocol;
using SupSup.Silo.Tests.Http;

namespace SupSup.Silo.Tests.Security;

public sealed class TlsTests : IDisposable
{
    private readonly CertificateFiles _files = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task Given_a_pem_certificate_with_its_chain_when_a_client_trusts_the_root_alone_then_rest_and_grpc_are_served()
    {
        _files.WritePem("server");
        await using LocalSilo silo = await LocalSilo.StartAsync(
            settings => (settings.Http.Tls.Certificate, settings.Http.Tls.Key) = (_files.Certificate, _files.Key));
        using HttpClient client = new(Trusting(_files.Root)) { BaseAddress = silo.Client.BaseAddress };
        foreach (Version version in new[] { HttpVersion.Version11, HttpVersion.Version20 })
        {
            using HttpResponseMessage response = await client.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/v1/models")
            {
                Version = version,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            }, Stop);
            Assert.Equal((HttpStatusCode.OK, version), (response.StatusCode, response.Version));
        }

        using GrpcChannel channel = GrpcChannel.ForAddress($"https://127.0.0.1:{silo.Settings.Http.GrpcPort}", new GrpcChannelOptions
        {
            HttpHandler = Trusting(_files.Root),
            DisposeHttpClient = true,
        });
        Assert.True((await new GRPCInferenceService.GRPCInferenceServiceClient(channel).ServerReadyAsync(
            new ServerReadyRequest(), cancellationToken: Stop)).Ready);
        await Assert.ThrowsAsync<HttpRequestException>(
            () => new HttpClient().GetAsync(new Uri(silo.Client.BaseAddress!, "/health/ready"), Stop));
        await Assert.ThrowsAnyAsync<HttpRequestException>(
            () => client.GetAsync(new Uri($"http://127.0.0.1:{silo.Settings.Http.Port}/health/ready"), Stop));
    }

    [Fact]
    public async Task Given_a_pfx_file_with_a_password_when_lines_are_streamed_then_http_2_carries_them_too()
    {
        _files.WritePfx("self");
        await using LocalSilo silo = await LocalSilo.StartAsync(
            settings => (settings.Http.Tls.Certificate, settings.Http.Tls.Password) = (_files.Pfx, CertificateFiles.Password));
        Assert.Equal(HttpStatusCode.OK, (await silo.SendAsync(
            HttpMethod.Put, "/v1/models/m", new { inputs = 4, hidden = new[] { 4 }, outputs = 4, classes = 2, seed = 1 })).Code);
        Assert.Equal(HttpStatusCode.Accepted,
            (await silo.SendAsync(HttpMethod.Put, "/v1/models/m/tasks/0/training", new { data = (object?)null, batches = 2 })).Code);
        StringContent lines = new(
            "{\"number\":0,\"inputs\":[[1,2,3,4]],\"labels\":[1]}\n{\"number\":1,\"inputs\":[[4,3,2,1]],\"labels\":[0]}\n", null,
            "application/x-ndjson");
        using HttpResponseMessage response = await silo.Client.SendAsync(
            new HttpRequestMessage(HttpMethod.Post, "/v1/models/m/tasks/0/batches")
            {
                Content = lines,
                Version = HttpVersion.Version20,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            }, Stop);
        lines.Headers.ContentType!.CharSet = null;
        Assert.Equal(2, ApiSilo.Lines(await response.Content.ReadAsStringAsync(Stop))[^1].GetProperty("trained").GetInt32());
    }

    private static SocketsHttpHandler Trusting(X509Certificate2 root) => new()
    {
        SslOptions =
        {
            CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { root }, RevocationMode = X509RevocationMode.NoCheck,
            },
        },
    };
}
