using System.Net.Sockets;
using SupSup.Storage.LocalDirectory;

namespace SupSup.Cli.Serving;

/// <summary>
/// How commands find the silo that serves a store of this machine: by a file in it, which says who serves it and where. A silo that is
/// killed leaves the file there; it counts only while that silo lives and has the store.
/// </summary>
internal static class ServingSilo
{
    private const string Name = ".serving";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Says where this process serves a store.</summary>
    /// <param name="store">The store's folder.</param>
    /// <param name="address">The silo's address.</param>
    public static void Announce(string store, Uri address) =>
        File.WriteAllLines(Path.Combine(store, Name), [DirectoryHolder.Own, $"{address}"]);

    /// <summary>Takes back what this process said; a silo that came after it is left alone.</summary>
    /// <param name="store">The store's folder.</param>
    public static void Withdraw(string store)
    {
        string path = Path.Combine(store, Name);
        if (File.Exists(path) && File.ReadLines(path).FirstOrDefault() == DirectoryHolder.Own) File.Delete(path);
    }

    /// <summary>Where a silo serves a store; null where none does.</summary>
    /// <param name="store">The store's folder.</param>
    public static Uri? Find(string store)
    {
        string path = Path.Combine(store, Name);
        if (!File.Exists(path) || File.ReadAllLines(path) is not [{ } holder, { } address] || DirectoryHolder.Of(store) != holder
            || !Uri.TryCreate(address, UriKind.Absolute, out Uri? found)) return null;

        // Of a folder that is shared, the loopback of another machine is not this one's.
        bool isHere = holder.EndsWith($" on {Environment.MachineName}", StringComparison.Ordinal);
        return (isHere || !found.IsLoopback) && Listens(found) ? found : null;
    }

    private static bool Listens(Uri address)
    {
        try
        {
            using TcpClient client = new();
            return client.ConnectAsync(address.Host, address.Port).Wait(Patience);
        }
        catch (AggregateException e) when (e.InnerException is SocketException)
        {
            return false; // it was killed
        }
    }
}
