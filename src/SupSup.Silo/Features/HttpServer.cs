using System.Net;
using System.Net.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Runtime.MembershipService.SiloMetadata;
using SupSup.Grains.Data;
using SupSup.Grains.Sent;
using SupSup.Grains.Telemetry;
using SupSup.Shared;
using SupSup.Silo.Health;
using SupSup.Silo.Http;
using SupSup.Silo.Management;
using SupSup.Silo.OpenInference;
using SupSup.Silo.Page;
using SupSup.Silo.Security;
using SupSup.Silo.Settings;

namespace SupSup.Silo.Features;

/// <summary>
/// Serves health, the page, the REST and gRPC interfaces. A server of its own and no part of the silo's host, which would start
/// it last and stop it first: health is answered from before the silo joins until after it has left.
/// </summary>
/// <param name="settings">Where it listens, and to whom.</param>
/// <param name="silo">The silo's services.</param>
/// <param name="logger">Hears where it listens.</param>
internal sealed partial class HttpServer(SiloSettings settings, IServiceProvider silo, ILogger<HttpServer> logger)
    : IHostedService, IAsyncDisposable
{
    // Bytes read ahead of a request, for each connection.
    private const int ReadAhead = 64 << 10;

    // What the server shares with the silo.
    private static readonly Type[] Shared =
    [
        typeof(ILoggerFactory), typeof(IGrainFactory), typeof(ILocalSiloDetails), typeof(IClusterMembershipService),
        typeof(ISiloMetadataCache), typeof(TaskDataLibrary), typeof(SentDataArchive), typeof(TimeProvider), typeof(SiloHealth),
        typeof(ServingGate), typeof(RequestMetrics), typeof(ByteBudget), typeof(OpenStreams),
        typeof(UsageMetrics),
    ];

    private WebApplication? _server;

    /// <summary>What it answers, once started.</summary>
    public IReadOnlyList<Endpoint> Endpoints => _server!.Services.GetRequiredService<EndpointDataSource>().Endpoints;

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseSockets(sockets => sockets.MaxReadBufferSize = ReadAhead);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(Listen);
        AddServices(builder.Services);
        _server = builder.Build();
        Use(_server);
        Map(_server);
        await _server.StartAsync(cancellationToken);
        LogListening(
            settings.Http.Tls.Certificate is null ? "http" : "https", settings.Http.Listened!, settings.Http.Port, settings.Http.GrpcPort);
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => _server?.StopAsync(cancellationToken) ?? Task.CompletedTask;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;

    private void Listen(KestrelServerOptions kestrel)
    {
        HttpSettings http = settings.Http;
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = http.MaxRequestBytes;
        kestrel.Limits.MaxRequestHeadersTotalSize = 16 << 10;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(settings.Limits.HeadSeconds);
        kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(settings.Limits.BodyBytesPerSecond, TimeSpan.FromSeconds(5));
        kestrel.Limits.MaxConcurrentConnections = settings.Limits.Connections;
        ConnectionLimits connections = new(settings.Limits, silo.GetRequiredService<RequestMetrics>());

        // What is read before anybody asks for it counts for no request, and is that of every connection.
        kestrel.Limits.MaxRequestBufferSize = ReadAhead;
        (kestrel.Limits.Http2.InitialConnectionWindowSize, kestrel.Limits.Http2.InitialStreamWindowSize) = (4 * ReadAhead, 2 * ReadAhead);
        kestrel.Limits.Http2.MaxStreamsPerConnection = Math.Min(http.MaxConcurrentRequests, 1000);
        OwnCertificate? certificate = http.Tls.Certificate is null ? null : ActivatorUtilities.CreateInstance<OwnCertificate>(
            silo, http.Tls.Files!);
        ListenOn(http.Port, certificate is null ? HttpProtocols.Http1 : HttpProtocols.Http1AndHttp2);
        if (http.GrpcPort > 0) ListenOn(http.GrpcPort, HttpProtocols.Http2); // without TLS a port cannot serve both

        void ListenOn(int port, HttpProtocols protocols) => kestrel.Listen(http.Listened!, port, endpoint =>
        {
            endpoint.Protocols = protocols;
            endpoint.Use(connections.Wrap);
            if (certificate is null) return;
            endpoint.UseHttps(new TlsHandshakeCallbackOptions
            {
                OnConnection = _ =>
                ValueTask.FromResult(new SslServerAuthenticationOptions { ServerCertificateContext = certificate.Current })
            });
        });
    }

    private void AddServices(IServiceCollection services)
    {
        foreach (Type shared in Shared) services.AddSingleton(shared, silo.GetRequiredService(shared));
        services.AddSingleton(settings);
        services.AddSingleton(settings.Http);

        services.AddSingleton<IHostLifetime, NoLifetime>();
        services.AddRouting();
        services.AddRequestDecompression();
        services.AddResponseCompression(options =>
        {
            options.EnableForHttps = true; // no answer has a secret beside what a stranger may choose
            options.MimeTypes = ["application/json", "application/problem+json"];
        });
        services.AddSecurity(settings.Security);
        services.AddRateLimits(settings.Security);
        services.ConfigureHttpJsonOptions(options => JsonFormat.Configure(options.SerializerOptions));
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        services.AddSingleton<ModelNames>();
        services.AddSingleton<LimitedCallers>();
        services.AddSingleton<InputNormalization>();
        services.AddSingleton<InferStatistics>();
        services.AddSingleton<InferService>();
        services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = settings.Http.MaxRequestBytes;
            grpc.CompressionProviders = BoundedCompression.All(settings.Http.MaxRequestBytes);
            grpc.Interceptors.Add<GrpcErrors>();
        }).AddServiceOptions<GrpcHealth>(health => health.MaxReceiveMessageSize = RequestBudget.AnonymousBytes);
        services.AddGrpcReflection();
        services.AddOpenApiDocument(settings.Http, settings.Security);
    }

    private void Use(WebApplication server)
    {
        server.Use(SecurityHeaders.InvokeAsync);
        server.UseMiddleware<ProblemMiddleware>();
        server.UseHealth(silo.GetRequiredService<SiloHealth>());
        if (!settings.Security.IsRequired) server.Use(LoopbackHosts.InvokeAsync);
        server.Use(PageFiles.InvokeAsync);
        server.Use(silo.GetRequiredService<ServingGate>().InvokeAsync);
        server.Use(HeadAndOptions.InvokeAsync);
        server.Use(Utf8Bodies.InvokeAsync);

        // Not answers to infer, whose clients often ask for it without need: it would cost more than it saves.
        server.UseWhen(context => context.Request.Path.StartsWithSegments("/v1"), rest => rest.UseResponseCompression());
        server.UseRouting();
        server.Use(server.Services.GetRequiredService<ModelNames>().InvokeAsync);
        server.UseAuthentication();
        server.UseRateLimiter();
        server.UseAuthorization();
        server.UseUsage(silo.GetRequiredService<UsageMetrics>());
        server.Use(server.Services.GetRequiredService<LimitedCallers>().InvokeAsync);
        server.UseEncodedBodies();
        server.Use(GrpcMessages.InvokeAsync);
        server.UseRequestBudget(silo.GetRequiredService<ByteBudget>(), settings, silo.GetRequiredService<UsageMetrics>());
        server.UseDashboardServices(settings.Http, silo);
    }

    private void Map(WebApplication server)
    {
        server.MapInference();
        server.MapManagement();
        server.MapGrpcService<GrpcHealth>();
        server.MapGrpcService<GrpcInference>();
        server.MapGrpcService<GrpcStreams>();
        server.MapGrpcReflectionService().RequireAuthorization(Roles.Reader).ForLimited();
        server.MapMetrics(settings.Telemetry, silo);
        server.MapOpenApiDocument(settings.Http);
        server.MapDashboard(settings.Http, silo);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Page, REST and health at {Scheme}://{Address}:{Port}, gRPC on port {GrpcPort}")]
    private partial void LogListening(string scheme, IPAddress address, int port, int grpcPort);
}
