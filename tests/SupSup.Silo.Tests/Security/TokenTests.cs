using System.Net;
using System.Text;
using System.Text.Json;
using Grpc.Core;
using Microsoft.IdentityModel.Tokens;
using SupSup.LocalCluster;
using SupSup.Silo.OpenInference.Protocol;
using SupSup.Silo.Settings;
using SupSup.Silo.Tests.Http;

namespace SupSup.Silo.Tests.Security;

public sealed class TokenTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Given_a_public_key_when_tokens_are_sent_then_those_signed_with_it_are_accepted_and_no_others(bool isCurve)
    {
        using Tokens tokens = isCurve ? Tokens.Curve() : Tokens.Rsa();
        using Tokens others = isCurve ? Tokens.Curve() : Tokens.Rsa();
        using KeyFile keys = new();
        await using LocalSilo silo = await LocalSilo.StartAsync(settings =>
        {
            settings.Security.Jwt =
                new JwtSettings { PublicKeyFile = tokens.PublicKeyFile, Issuer = Tokens.Issuer, Audience = Tokens.Audience };
            settings.Security.KeysFile = isCurve ? keys.File : null;
        });
        string right = tokens.Make(new[] { "other", "trainer" });
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(silo, right)).Code);
        Assert.Equal(HttpStatusCode.BadRequest,
            (await silo.SendAsync(HttpMethod.Put, "/v1/models/m", "{}", ("Authorization", $"Bearer {right}"))).Code);
        (await silo.SendAsync(HttpMethod.Delete, "/v1/models/m/tasks/0", null, ("Authorization", $"Bearer {right}"))).ShouldFail(
            HttpStatusCode.Forbidden, "'carol'");
        Assert.Equal(HttpStatusCode.NotFound, (await silo.SendAsync(
            HttpMethod.Delete, "/v1/models/m/tasks/0", null, ("Authorization", $"Bearer {tokens.Make("admin")}"))).Code);
        (await AskAsync(silo, tokens.Make("stranger"))).ShouldFail(HttpStatusCode.Forbidden, "'carol'");
        (await AskAsync(silo, tokens.Make("admin", claim: "scope"))).ShouldFail(HttpStatusCode.Forbidden, "'carol'");
        await ShouldBeRefusedAsync(silo, others.Make("admin"));
        await ShouldBeRefusedAsync(silo, tokens.Make("admin", audience: "another"));
        await ShouldBeRefusedAsync(silo, tokens.Make("admin", issuer: "https://another.example.org"));
        await ShouldBeRefusedAsync(silo, tokens.Make("admin", minutes: -5));
        await ShouldBeRefusedAsync(silo, Tokens.Unsigned(right));
        await ShouldBeRefusedAsync(silo, right[..^8]);
        await ShouldBeRefusedAsync(silo, "a.b.c");
        Assert.Equal(isCurve
            ? HttpStatusCode.OK
            : HttpStatusCode.Unauthorized, (await silo.GetAsync("/v1/models", ("X-Api-Key", keys.Reader))).Code);
        Assert.Equal(isCurve ? HttpStatusCode.OK : HttpStatusCode.Unauthorized, (await AskAsync(silo, keys.Reader)).Code);

        GRPCInferenceService.GRPCInferenceServiceClient client = new(silo.Grpc);
        Assert.Equal("supsup", (await client.ServerMetadataAsync(
            new ServerMetadataRequest(), new Metadata { { "authorization", $"Bearer {right}" } }, cancellationToken: Stop)).Name);
        RpcException e = await Assert.ThrowsAsync<RpcException>(async () => await client.ServerMetadataAsync(
            new ServerMetadataRequest(), new Metadata { { "authorization", $"Bearer {others.Make("admin")}" } }, cancellationToken: Stop));
        Assert.Equal(StatusCode.Unauthenticated, e.StatusCode);
    }

    [Fact]
    public async Task Given_an_authority_when_tokens_are_sent_then_keys_and_issuer_are_discovered_and_roles_may_have_another_claim()
    {
        using Tokens tokens = Tokens.Rsa();
        using HttpListener authority = new();
        string address = $"http://127.0.0.1:{LoopbackPorts.Free(1)[0]}";
        authority.Prefixes.Add(address + "/");
        authority.Start();
        Task serving = ServeAsync(authority, address, tokens);
        await using (LocalSilo silo = await LocalSilo.StartAsync(
            settings => settings.Security.Jwt = new JwtSettings { Authority = address, Audience = Tokens.Audience, RoleClaim = "groups" }))
        {
            Assert.Equal(HttpStatusCode.OK, (await AskAsync(silo, tokens.Make("reader", issuer: address, claim: "groups"))).Code);
            (await AskAsync(silo, tokens.Make("reader", issuer: address))).ShouldFail(HttpStatusCode.Forbidden, "'carol'");
            await ShouldBeRefusedAsync(silo, tokens.Make("reader", claim: "groups"));
            using Tokens others = Tokens.Rsa();
            await ShouldBeRefusedAsync(silo, others.Make("reader", issuer: address, claim: "groups"));
        }

        authority.Stop();
        await serving;
    }

    [Fact]
    public async Task Given_an_authority_that_does_not_answer_when_a_token_is_sent_then_it_is_refused_and_503_says_why()
    {
        using Tokens tokens = Tokens.Rsa();
        string address = $"http://127.0.0.1:{LoopbackPorts.Free(1)[0]}";
        await using LocalSilo silo = await LocalSilo.StartAsync(
            settings => settings.Security.Jwt = new JwtSettings { Authority = address, Audience = Tokens.Audience });
        LocalSilo.Answer answer = await AskAsync(silo, tokens.Make("admin", issuer: address));
        answer.ShouldFail(HttpStatusCode.ServiceUnavailable, address);
        Assert.NotNull(answer.Headers.RetryAfter);
        (await silo.GetAsync("/v1/models")).ShouldFail(HttpStatusCode.Unauthorized, "Authorization: Bearer KEY");
    }

    private static async Task ServeAsync(HttpListener listener, string address, Tokens tokens)
    {
        JsonWebKey key = JsonWebKeyConverter.ConvertFromSecurityKey(tokens.Key);
        while (listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return; // stopped
            }

            object? document = context.Request.Url!.AbsolutePath switch
            {
                "/.well-known/openid-configuration" => new { issuer = address, jwks_uri = $"{address}/keys" },
                "/keys" => new { keys = new[] { new { kty = key.Kty, use = "sig", kid = key.Kid, n = key.N, e = key.E } } },
                _ => null,
            };
            context.Response.StatusCode = document is null ? 404 : 200;
            context.Response.ContentType = "application/json";
            context.Response.Close(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(document)), willBlock: true);
        }
    }

    private static Task<LocalSilo.Answer> AskAsync(LocalSilo silo, string token) =>
        silo.GetAsync("/v1/models", ("Authorization", $"Bearer {token}"));

    private static async Task ShouldBeRefusedAsync(LocalSilo silo, string token)
    {
        LocalSilo.Answer answer = await AskAsync(silo, token);
        answer.ShouldFail(HttpStatusCode.Unauthorized, "authentication is required");
        Assert.Equal("Bearer", Assert.Single(answer.Headers.WwwAuthenticate).Scheme);
    }
}
