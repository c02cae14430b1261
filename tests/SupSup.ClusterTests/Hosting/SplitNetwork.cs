using System.Diagnostics;

namespace SupSup.ClusterTests.Hosting;

/// <summary>
/// Network namespaces of Linux, each a host with an address of its own, on one bridge with this machine. A host may be cut off from all
/// others, as by a switch that fails: nothing arrives, and nothing is refused.
/// </summary>
internal sealed class SplitNetwork : IAsyncDisposable
{
    private readonly string _name = $"ss{Environment.ProcessId % 100_000}";
    private readonly string _prefix = $"10.213.{Environment.ProcessId % 250}";
    private readonly int _hosts;

    private SplitNetwork(int hosts) => _hosts = hosts;

    /// <summary>The address of this machine, outside of the namespaces.</summary>
    public string Outside => $"{_prefix}.1";

    /// <summary>Makes one.</summary>
    /// <returns>The network, or in one line why there is none.</returns>
    public static async Task<(SplitNetwork? Network, string Problem)> TryCreateAsync(int hosts)
    {
        SplitNetwork network = new(hosts);
        try
        {
            await network.CreateAsync();
            return (network, "");
        }
        catch (InvalidOperationException e)
        {
            await network.DisposeAsync();
            return (null, $"network namespaces need root and 'ip' of iproute2: {e.Message}");
        }
    }

    /// <summary>The address of a host.</summary>
    public string Address(int host) => $"{_prefix}.{host + 10}";

    /// <summary>A command that runs in a host's namespace.</summary>
    public string[] In(int host, params string[] command) => ["ip", "netns", "exec", Space(host), .. command];

    /// <summary>Cuts a host off.</summary>
    public Task CutAsync(int host) => IpAsync("link", "set", Link(host), "nomaster");

    /// <summary>Has it back.</summary>
    public Task JoinAsync(int host) => IpAsync("link", "set", Link(host), "master", _name);

    /// <summary>Sends an HTTP request from within a host to its own loopback.</summary>
    /// <returns>The answer's status and content; 0 where there is none.</returns>
    public async Task<(int Status, string Content)> AskAsync(int host, int port, string method, string path)
    {
        string request = $"{method} {path} HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\nContent-Length: 0\\r\\n\\r\\n";
        (_, string answer) = await RunAsync(
            In(host, "timeout", "60", "bash", "-c", $"exec 3<>/dev/tcp/127.0.0.1/{port} && printf '{request}' >&3 && cat <&3"));
        string[] parts = answer.Split("\r\n\r\n", 2);
        return parts.Length == 2 && int.TryParse(parts[0].Split(' ')[1], out int status) ? (status, parts[1]) : (0, answer);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        for (int host = 0; host < _hosts; host++) await RunAsync("ip", "netns", "del", Space(host)); // its link goes with it
        await RunAsync("ip", "link", "del", _name);
    }

    private async Task CreateAsync()
    {
        await IpAsync("link", "add", _name, "type", "bridge");
        await IpAsync("addr", "add", $"{Outside}/24", "dev", _name);
        await IpAsync("link", "set", _name, "up");
        for (int host = 0; host < _hosts; host++)
        {
            string inner = $"{Link(host)}i";
            await IpAsync("netns", "add", Space(host));
            await IpAsync("link", "add", Link(host), "type", "veth", "peer", "name", inner);
            await IpAsync("link", "set", inner, "netns", Space(host));
            await IpAsync("link", "set", Link(host), "master", _name, "up");
            await IpAsync("-n", Space(host), "addr", "add", $"{Address(host)}/24", "dev", inner);
            await IpAsync("-n", Space(host), "link", "set", inner, "up");
            await IpAsync("-n", Space(host), "link", "set", "lo", "up");
        }
    }

    private string Space(int host) => $"{_name}-{host}";

    private string Link(int host) => $"{_name}-{host}";

    private static async Task IpAsync(params string[] arguments)
    {
        (int code, string output) = await RunAsync(["ip", .. arguments]);
        if (code != 0) throw new InvalidOperationException($"ip {string.Join(' ', arguments)}: {output.Trim()}");
    }

    private static async Task<(int Code, string Output)> RunAsync(params string[] command)
    {
        ProcessStartInfo start = new(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process? process = Started(start, out string problem);
        if (process is null) return (127, problem);
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await error);
    }

    private static Process? Started(ProcessStartInfo start, out string problem)
    {
        try
        {
            problem = "";
            return Process.Start(start);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            problem = e.Message;
            return null;
        }
    }
}
