using System.Net;
using System.Net.Sockets;
using System.Text;
using Grpc.Core;
using SupSup.LocalCluster;
using SupSup.Silo.OpenInference.Protocol;
using SupSup.Silo.Settings;
using SupSup.Silo.Tests.Http;

namespace SupSup.Silo.Tests.Security;

public sealed class SecretTests : IDisposable
{
    private const string RedisPassword = "redis-geheim-1234";

    private readonly string _folder = Directory.CreateTempSubdirectory("supsup-secrets-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Given_every_secret_that_a_silo_can_be_told_when_all_is_logged_then_none_of_them_is()
    {
        await using AzuriteServer azurite = await AzuriteServer.StartNewAsync(Path.Combine(_folder, "blobs"), Stop);
        await using RedisServer redis = await RedisServer.StartNewAsync(Path.Combine(_folder, "redis"), Stop);
        await ProtectAsync(redis.Port);
        using KeyFile keys = new();
        using Tokens tokens = Tokens.Rsa();
        using CertificateFiles files = new();
        files.WritePfx("self");
        string token = tokens.Make("trainer");
        string wrongToken = tokens.Make("trainer", audience: "another");
        string garbledToken = token[..^8] + "AAAAAAAA";
        string wrongKey = $"sup_{new string('w', 43)}";
        IReadOnlyCollection<string> log;
        await using (LocalSilo silo = await LocalSilo.StartAsync(settings =>
        {
            settings.Membership =
                new MembershipSettings { Kind = MembershipKind.Redis, Redis = $"127.0.0.1:{redis.Port},password={RedisPassword}" };
            settings.Storage = new StorageSettings { Kind = StorageKind.Azure, ConnectionString = azurite.ConnectionString };
            settings.Http.Tls = new TlsSettings { Certificate = files.Pfx, Password = CertificateFiles.Password };
            settings.Security = new SecuritySettings
            {
                KeysFile = keys.File,
                Jwt = new JwtSettings
                {
                    PublicKeyFile = tokens.PublicKeyFile,
                    Issuer = Tokens.Issuer,
                    Audience = Tokens.Audience,
                }
            };
        }))
        {
            log = silo.Log;
            Assert.Equal(HttpStatusCode.OK, (await silo.SendAsync(HttpMethod.Put, "/v1/models/m",
                new { inputs = 4, hidden = new[] { 4 }, outputs = 4, classes = 2, seed = 1 }, ("X-Api-Key", keys.Trainer))).Code);
            Assert.Equal(HttpStatusCode.OK, (await silo.GetAsync("/v1/models", ("Authorization", $"Bearer {token}"))).Code);
            foreach (string shown in new[] { wrongKey, wrongToken, garbledToken, keys.Expired })
                Assert.Equal(HttpStatusCode.Unauthorized, (await silo.GetAsync("/v1/models", ("Authorization", $"Bearer {shown}"))).Code);
            Assert.Equal(HttpStatusCode.Forbidden,
                (await silo.SendAsync(HttpMethod.Delete, "/v1/models/m/tasks/0", null, ("X-Api-Key", keys.Reader))).Code);
            GRPCInferenceService.GRPCInferenceServiceClient client = new(silo.Grpc);
            Assert.Equal("supsup", (await client.ServerMetadataAsync(
                new ServerMetadataRequest(), new Metadata { { "x-api-key", keys.Admin } }, cancellationToken: Stop)).Name);
            Assert.Equal(HttpStatusCode.OK, (await silo.GetAsync("/orleans/DashboardCounters", ("X-Api-Key", keys.Admin))).Code);
        }

        string[] secrets = [RedisPassword, AzuriteServer.AccountKey, CertificateFiles.Password, keys.Reader, keys.Trainer, keys.Admin,
            keys.Expired, wrongKey, token, wrongToken, garbledToken, token.Split('.')[2], wrongToken.Split('.')[2]];
        Assert.True(log.Count > 500, $"{log.Count} lines only");
        Assert.Contains(log, line => line.StartsWith("Trace ", StringComparison.Ordinal));
        Assert.Contains(log, line => line.Contains("Microsoft.AspNetCore.Authentication", StringComparison.Ordinal));
        foreach (string secret in secrets) Assert.DoesNotContain(log, line => line.Contains(secret, StringComparison.Ordinal));
    }

    private static async Task ProtectAsync(int port)
    {
        using TcpClient client = new();
        await client.ConnectAsync(IPAddress.Loopback, port, Stop);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"CONFIG SET requirepass {RedisPassword}\r\n"), Stop);
        byte[] answer = new byte[5];
        await client.GetStream().ReadExactlyAsync(answer, Stop);
        Assert.Equal("+OK\r\n", Encoding.ASCII.GetString(answer));
    }
}
