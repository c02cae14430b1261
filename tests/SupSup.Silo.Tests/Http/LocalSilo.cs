using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SupSup.LocalCluster;
using SupSup.Silo.Features;
using SupSup.Silo.Settings;

namespace SupSup.Silo.Tests.Http;

/// <summary>A silo in this process, which starts faster than one of its own, and whose log is at hand with every level of it.</summary>
internal sealed class LocalSilo : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("supsup-local-").FullName;
    private readonly SiloLog _log = new();
    private IHost _host = null!;

    public HttpClient Client { get; private set; } = null!;

    public GrpcChannel Grpc { get; private set; } = null!;

    public SiloSettings Settings { get; private set; } = null!;

    public IReadOnlyCollection<string> Log => _log.Lines;

    public IServiceProvider Services => _host.Services;

    public HttpServer Server => _host.Services.GetServices<IHostedService>().OfType<HttpServer>().Single();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Starts one that listens on loopback.</summary>
    /// <param name="configure">What it sets beyond its ports and folders.</param>
    public static async Task<LocalSilo> StartAsync(Action<SiloSettings>? configure = null)
    {
        LocalSilo silo = new();
        int[] ports = LoopbackPorts.Free(4);
        SiloSettings settings = SiloSettings.Embedded(Path.Combine(silo._folder, "store"), ports[0]);
        (settings.Endpoints.GatewayPort, settings.Http.Port, settings.Http.GrpcPort) = (ports[1], ports[2], ports[3]);
        settings.Compute.DataFolder = ApiSilo.DataFolder;
        configure?.Invoke(settings);
        silo.Settings = settings;
        silo._host = SiloHost.Build(settings, logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(silo._log));
        await silo._host.StartAsync(Stop);
        string scheme = settings.Http.Tls.Certificate is null ? "http" : "https";
        silo.Client = new HttpClient(Handler()) { BaseAddress = new Uri($"{scheme}://127.0.0.1:{settings.Http.Port}") };
        silo.Grpc = GrpcChannel.ForAddress($"{scheme}://127.0.0.1:{settings.Http.GrpcPort}", new GrpcChannelOptions
        {
            HttpHandler = Handler(),
            DisposeHttpClient = true,
            MaxSendMessageSize = null,
        });
        return silo;
    }

    /// <summary>Sends a request, and reads the answer as JSON where it is some.</summary>
    public async Task<Answer> SendAsync(HttpMethod method, string path, object? body = null, params (string Name, string Value)[] headers)
    {
        using HttpRequestMessage request = new(method, path);
        if (body is not null) request.Content = body as HttpContent
            ?? new StringContent(body as string ?? JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");
        foreach ((string name, string value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        HttpResponseMessage response = await Client.SendAsync(request, Stop);
        string text = await response.Content.ReadAsStringAsync(Stop);
        bool isJson = response.Content.Headers.ContentType?.MediaType is "application/json" or "application/problem+json";
        return new Answer(response.StatusCode, isJson
            ? JsonSerializer.Deserialize<JsonElement>(text)
            : JsonSerializer.SerializeToElement(text), response.Headers, response.Content.Headers.ContentType?.MediaType);
    }

    public Task<Answer> GetAsync(string path, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Get, path, null, headers);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        Grpc.Dispose();
        await _host.StopAsync(CancellationToken.None);
        await ((IAsyncDisposable)_host).DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

#pragma warning disable CA5359 // Certificates of tests are trusted by nobody; what is shown is looked at where that matters.
    private static SocketsHttpHandler Handler() => new() { SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true } };
#pragma warning restore CA5359

    internal sealed record Answer(HttpStatusCode Code, JsonElement Body, HttpResponseHeaders Headers, string? Type)
    {
        /// <summary>It is a problem of this status, whose detail holds some words.</summary>
        public void ShouldFail(HttpStatusCode code, params string[] words)
        {
            Assert.True(code == Code, $"{Code}: {Body}");
            Assert.Equal("application/problem+json", Type);
            Assert.Equal((int)code, Body.GetProperty("status").GetInt32());
            Assert.All(words, word => Assert.Contains(word, Body.GetProperty("detail").GetString(), StringComparison.Ordinal));
        }
    }

    private sealed class SiloLog : ILoggerProvider
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public IReadOnlyCollection<string> Lines => _lines;

        public ILogger CreateLogger(string categoryName) => new Writer(categoryName, _lines);

        public void Dispose()
        {
        }

        private sealed class Writer(string category, ConcurrentQueue<string> lines) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(
                LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
                    lines.Enqueue($"{logLevel} {category} {formatter(state, exception)} {exception}");
        }
    }
}
