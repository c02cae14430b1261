using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SupSup.Silo.Tests.Http;

/// <summary>A request whose body is held back: it asks to be told when its body is wanted, so it is known to be under way.</summary>
internal sealed class HeldRequest : IDisposable
{
    private readonly TcpClient _client = new();
    private readonly string _body;

    private HeldRequest(string body) => _body = body;

    /// <summary>Sends all but the body, and waits until the silo wants that.</summary>
    public static async Task<HeldRequest> StartAsync(
        int port, string method, string path, string body, CancellationToken cancellationToken, string? header = null)
    {
        HeldRequest request = new(body);
        await request._client.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
        string head =
            $"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\nExpect: "
                + $"100-continue\r\nConnection: close\r\n{(header is null ? "" : header + "\r\n")}\r\n";
        await request._client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head), cancellationToken);
        byte[] wanted = new byte["HTTP/1.1 100 Continue\r\n\r\n".Length];
        await request._client.GetStream().ReadExactlyAsync(wanted, cancellationToken);
        Assert.Equal("HTTP/1.1 100 Continue\r\n\r\n", Encoding.ASCII.GetString(wanted));
        return request;
    }

    /// <summary>Sends the body.</summary>
    /// <returns>The answer, head and all.</returns>
    public async Task<string> FinishAsync(CancellationToken cancellationToken)
    {
        await _client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(_body), cancellationToken);
        using StreamReader reader = new(_client.GetStream());
        return await reader.ReadToEndAsync(cancellationToken);
    }

    public void Dispose() => _client.Dispose();
}
