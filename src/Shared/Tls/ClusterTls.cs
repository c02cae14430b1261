using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using Orleans.Connections.Security;

namespace SupSup.Shared;

/// <summary>
/// TLS on the ports of the cluster, by which silos and clients prove who they are. Both ends show a certificate of one's own
/// authority. That of a silo carries a name by which it is told from a client's: only silos open the port for silos, and only they
/// are believed to be what was connected to. The certificates and the authority are read again when their files change, and hold for
/// connections from then on. Thread-safe.
/// </summary>
internal sealed partial class ClusterTls
{
    // Passes what was found wrong with a peer from the handshake to who tells it.
    private static readonly object Refusal = new();

    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(10);

    private readonly TlsFiles _files;
    private readonly OwnCertificate _own;
    private readonly WatchedFile<X509Certificate2Collection> _authority;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _told = [];
    private volatile string? _lastFailure;

    /// <summary>Reads the files.</summary>
    /// <param name="files">Where they are.</param>
    /// <param name="time">The clock by which they are looked at.</param>
    /// <param name="loggers">Hear of peers that are refused, and of files that cannot be read any more.</param>
    /// <exception cref="System.Security.Cryptography.CryptographicException">A file cannot be read.</exception>
    public ClusterTls(TlsFiles files, TimeProvider time, ILoggerFactory loggers)
    {
        (_files, _time, _logger) = (files, time, loggers.CreateLogger<ClusterTls>());
        _own = new OwnCertificate(files.Own, time, loggers.CreateLogger<OwnCertificate>());
        _authority = new(files.Authority, TlsFiles.ReadAuthority, time, e => LogUnreadable(files.Authority, e.Message));
    }

    /// <summary>Why the last connection that this program opened was refused, by either end; null once one was not.</summary>
    public string? LastFailure => _lastFailure;

    /// <summary>Demands a certificate of whoever connects.</summary>
    /// <param name="connections">The port's connections.</param>
    /// <param name="port">What the port is called, for the log.</param>
    /// <param name="silosOnly">Whether it is for silos only.</param>
    public void Accept(IConnectionBuilder connections, string port, bool silosOnly)
    {
        connections.Use(next => async context =>
        {
            await next(context);
            if (!IsEstablished(context)) TellRefused(port, context);
        });
        connections.UseServerTls(new TlsOptions
        {
            RemoteCertificateMode = RemoteCertificateMode.NoCertificate, // what follows demands it, and knows the connection
            LocalServerCertificateSelector = (_, _) => _own.Current.TargetCertificate,
            OnAuthenticateAsServer = (context, options) =>
            {
                SslServerAuthenticationOptions ssl = (SslServerAuthenticationOptions)options.SslServerAuthenticationOptions;
                (ssl.ServerCertificateSelectionCallback, ssl.ServerCertificateContext) = (null, _own.Current);
                (ssl.ClientCertificateRequired, ssl.EnabledSslProtocols) = (true, SslProtocols.None);
                ssl.RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
                    Judge(context, certificate, chain, PeerCertificate.ClientUse, silosOnly ? _files.SiloName : null);
            },
        });
    }

    /// <summary>Shows the own certificate to silos that are connected to, and demands theirs.</summary>
    /// <param name="connections">The connections that this program opens.</param>
    public void Connect(IConnectionBuilder connections)
    {
        connections.Use(next => async context =>
        {
            await next(context);
            if (!IsEstablished(context)) TellFailed(context.RemoteEndPoint, context.Items.TryGetValue(Refusal, out object? reason)
                ? $"its certificate {reason}" : "it speaks no TLS there");
        });
        connections.UseClientTls(new TlsOptions
        {
            RemoteCertificateMode = RemoteCertificateMode.NoCertificate,
            OnAuthenticateAsClient = (context, options) =>
            {
                SslClientAuthenticationOptions ssl = (SslClientAuthenticationOptions)options.SslClientAuthenticationOptions;
                (ssl.TargetHost, ssl.ClientCertificateContext) = (_files.SiloName, _own.Current);
                ssl.EnabledSslProtocols = SslProtocols.None;
                ssl.RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
                    Judge(context, certificate, chain, PeerCertificate.ServerUse, _files.SiloName);
            },
        });

        // Who accepts judges the certificate once the handshake is over for who connects (RFC 8446), and then hangs up.
        connections.Use(next => async context =>
        {
            WatchedReader input = new(context.Transport.Input);
            context.Transport = new WatchedReader.Pipe(input, context.Transport.Output);
            try
            {
                await next(context);
            }
            finally
            {
                if (input.HasRead) _lastFailure = null;
                else TellFailed(context.RemoteEndPoint, "it hangs up at once, as where it refuses this program's certificate");
            }
        });
    }

    private static bool IsEstablished(ConnectionContext context) =>
        context.Features.Get<ITlsConnectionFeature>()?.RemoteCertificate is not null;

    private bool Judge(ConnectionContext context, X509Certificate? certificate, X509Chain? chain, string use, string? name)
    {
        string? refusal = PeerCertificate.Refusal(
            certificate as X509Certificate2, chain?.ChainPolicy.ExtraStore ?? [], _authority.Current, use, name);
        if (refusal is not null) context.Items[Refusal] = (certificate is null ? "" : $"'{certificate.Subject}' ") + refusal;
        return refusal is null;
    }

    private void TellRefused(string port, ConnectionContext context)
    {
        string reason = context.Items.TryGetValue(Refusal, out object? refusal) ? $"its certificate {refusal}"
            : "it spoke no TLS, refused this silo's certificate, or went";
        IPAddress? address = (context.RemoteEndPoint as IPEndPoint)?.Address;
        if (IsNews($"{port} {address} {reason}")) LogRefused(port, address, reason);
    }

    private void TellFailed(EndPoint? silo, string reason)
    {
        _lastFailure = $"{silo}: {reason}";
        if (IsNews(_lastFailure)) LogFailed(silo, reason);
    }

    // Whoever is refused tries again and again, and strangers may flood.
    private bool IsNews(string line)
    {
        lock (_lock)
        {
            if (_told.TryGetValue(line, out long before) && _time.GetElapsedTime(before) < Quiet) return false;
            if (_told.Count >= 100) _told.Clear();
            _told[line] = _time.GetTimestamp();
            return true;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The {Port} refused a connection from {Address}: {Reason}")]
    private partial void LogRefused(string port, IPAddress? address, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "There is no connection to the silo at {Silo}: {Reason}")]
    private partial void LogFailed(EndPoint? silo, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The authority in {File} cannot be read; the one read before stays in use: {Reason}")]
    private partial void LogUnreadable(string file, string reason);
}
