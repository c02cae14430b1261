using System.Net;
using System.Net.Sockets;
using System.Text;
using SupSup.Silo.Tests.Http;

namespace SupSup.Silo.Tests.Security;

public sealed class LoopbackTests : IClassFixture<LoopbackTests.OpenSilo>
{
    private readonly LocalSilo _silo;

    public LoopbackTests(OpenSilo fixture) => _silo = fixture.Silo;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("example.org")]
    [InlineData("example.org:8080")]
    [InlineData("localhost.example.org")]
    [InlineData("127.0.0.1.example.org")]
    [InlineData("192.168.0.7")]
    [InlineData("[2001:db8::1]")]
    public async Task Given_a_silo_that_asks_nobody_who_they_are_when_another_host_is_named_then_403_says_why(string host)
    {
        foreach (string path in new[] { "/", "/v1/models", "/v2", "/orleans/", "/v2/health/live" })
            (await _silo.GetAsync(path, ("Host", host))).ShouldFail(HttpStatusCode.Forbidden, "Security:KeysFile");
        Assert.Equal(HttpStatusCode.OK, (await _silo.GetAsync("/health/ready", ("Host", host))).Code);
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("LOCALHOST:1234")]
    [InlineData("127.0.0.1")]
    [InlineData("[::1]:80")]
    public async Task Given_a_name_of_this_machine_when_asked_then_it_is_answered(string host) =>
        Assert.Equal(HttpStatusCode.OK, (await _silo.GetAsync("/v1/models", ("Host", host))).Code);

    [Fact]
    public async Task Given_a_page_of_another_origin_when_it_asks_then_403_and_the_silo_s_own_page_may()
    {
        foreach (string origin in new[] { "https://example.org", "null", "http://127.0.0.1:1", "http://localhost", "file://",
            "http://example.org@localhost" })
            (await _silo.SendAsync(HttpMethod.Post, "/v1/models/m/tasks", null, ("Origin", origin))).ShouldFail(
                HttpStatusCode.Forbidden, origin);
        Assert.Equal(HttpStatusCode.NotFound, (await _silo.SendAsync(
            HttpMethod.Post, "/v1/models/m/tasks", null, ("Origin", $"http://localhost:{_silo.Settings.Http.Port}"))).Code);
    }

    [Theory]
    [InlineData("cross-site")]
    [InlineData("same-site")]
    public async Task Given_what_another_site_s_page_shows_when_its_browser_asks_then_403_and_the_silo_s_own_page_may(string site)
    {
        foreach (string path in new[] { "/v1/models", "/v1/models/none/evaluation?images=1", "/v2" })
            (await _silo.GetAsync(path, ("Sec-Fetch-Site", site), ("Sec-Fetch-Mode", "no-cors"))).ShouldFail(
                HttpStatusCode.Forbidden, "pages of other sites");
        Assert.Equal(HttpStatusCode.OK, (await _silo.GetAsync("/", ("Sec-Fetch-Site", site), ("Sec-Fetch-Mode", "navigate"))).Code);
        foreach (string own in new[] { "same-origin", "none" })
            Assert.Equal(HttpStatusCode.OK, (await _silo.GetAsync("/v1/models", ("Sec-Fetch-Site", own))).Code);
    }

    [Fact]
    public async Task Given_no_host_or_several_when_asked_then_nothing_is_answered()
    {
        foreach (string head in new[] { "GET /v1/models HTTP/1.1\r\n\r\n",
            "GET /v1/models HTTP/1.1\r\nHost: localhost\r\nHost: example.org\r\n\r\n", "GET /v1/models HTTP/1.0\r\n\r\n" })
        {
            using TcpClient client = new();
            await client.ConnectAsync(IPAddress.Loopback, _silo.Settings.Http.Port, Stop);
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head), Stop);
            byte[] status = new byte[12];
            await client.GetStream().ReadExactlyAsync(status, Stop);
            Assert.StartsWith("HTTP/1.1 4", Encoding.ASCII.GetString(status), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Given_the_page_when_loaded_then_its_headers_allow_only_its_own_scripts_and_no_frame_around_it()
    {
        LocalSilo.Answer page = await _silo.GetAsync("/");
        Assert.Equal((HttpStatusCode.OK, "text/html"), (page.Code, page.Type));
        string policy = Assert.Single(page.Headers.GetValues("Content-Security-Policy"));
        foreach (string directive in new[] { "default-src 'none'", "script-src 'self'", "connect-src 'self'", "frame-ancestors 'none'",
            "base-uri 'none'" }) Assert.Contains(directive, policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Equal("no-referrer", Assert.Single(page.Headers.GetValues("Referrer-Policy")));
        foreach (string path in new[] { "/", "/v1/models", "/v1/models/none", "/nothing", "/v2" })
            Assert.Equal("nosniff", Assert.Single((await _silo.GetAsync(path)).Headers.GetValues("X-Content-Type-Options")));
        Assert.False(page.Headers.Contains("Server"));
    }

    [Fact]
    public async Task Given_openapi_that_is_off_when_asked_for_then_neither_document_nor_page_is_there()
    {
        Assert.Equal(HttpStatusCode.NotFound, (await _silo.GetAsync("/openapi/v1.json")).Code);
        Assert.Equal(HttpStatusCode.NotFound, (await _silo.GetAsync("/openapi")).Code);
        Assert.Equal(HttpStatusCode.NotFound, (await _silo.GetAsync("/openapi/index.html")).Code);
    }

    public sealed class OpenSilo : IAsyncLifetime
    {
        internal LocalSilo Silo { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Silo = await LocalSilo.StartAsync();

        public ValueTask DisposeAsync() => Silo.DisposeAsync();
    }
}
