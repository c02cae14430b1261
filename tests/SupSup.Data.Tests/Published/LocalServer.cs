using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SupSup.Data.Tests.Published;

/// <summary>An HTTP server on this machine that answers every request alike, down to the byte, and closes.</summary>
internal sealed class LocalServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _serving;

    /// <summary>Starts it.</summary>
    /// <param name="status">Status line without the version.</param>
    /// <param name="content">What is sent.</param>
    /// <param name="length">The length that is told; null for none.</param>
    /// <param name="hangs">Whether it leaves the connection open and sends nothing more.</param>
    public LocalServer(string status, byte[] content, long? length, bool hangs = false)
    {
        _listener.Start();
        Address = new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/archives/small-binary.tar.gz");
        string told = length is null ? "" : $"Content-Length: {length}\r\n";
        _serving = ServeAsync([.. Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nConnection: close\r\n{told}\r\n"), .. content], hangs);
    }

    /// <summary>Where it answers.</summary>
    public Uri Address { get; }

    /// <summary>The first lines of the requests so far.</summary>
    public List<string?> Requests { get; } = [];

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _serving;
        _stop.Dispose();
    }

    private async Task ServeAsync(byte[] answer, bool hangs)
    {
        try
        {
            while (true)
            {
                using TcpClient client = await _listener.AcceptTcpClientAsync(_stop.Token);
                NetworkStream stream = client.GetStream();
                using StreamReader reader = new(stream, Encoding.ASCII, leaveOpen: true);
                Requests.Add(await reader.ReadLineAsync(_stop.Token));
                while (await reader.ReadLineAsync(_stop.Token) is { Length: > 0 })
                {
                }

                await stream.WriteAsync(answer, _stop.Token);
                if (hangs) await Task.Delay(Timeout.Infinite, _stop.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or SocketException)
        {
        }
    }
}
