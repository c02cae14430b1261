using System.Diagnostics;
using System.Globalization;
using SupSup.Storage.LocalDirectory;

namespace SupSup.Cli.Serving;

/// <summary>
/// How commands find the silo that serves a store of this machine: by a file in it, which says who serves it and where. A silo that is
/// killed leaves the file there; it counts only while that silo lives and has the store.
/// </summary>
internal static class ServingSilo
{
    private const string Name = ".serving";

    /// <summary>Says where this process serves a store.</summary>
    /// <param name="store">The store's folder.</param>
    /// <param name="address">The silo's address.</param>
    public static void Announce(string store, Uri address) =>
        File.WriteAllLines(Path.Combine(store, Name), [DirectoryHolder.Own, $"{address}"]);

    /// <summary>Takes that back.</summary>
    /// <param name="store">The store's folder.</param>
    public static void Withdraw(string store) => File.Delete(Path.Combine(store, Name));

    /// <summary>Where a silo serves a store; null where none does.</summary>
    /// <param name="store">The store's folder.</param>
    public static Uri? Find(string store)
    {
        string path = Path.Combine(store, Name);
        if (!File.Exists(path) || File.ReadAllLines(path) is not [{ } holder, { } address] || DirectoryHolder.Of(store) != holder
            || !Lives(holder)) return null;
        return Uri.TryCreate(address, UriKind.Absolute, out Uri? found) ? found : null;
    }

    // On another host, of a folder that is shared, it is taken to live.
    private static bool Lives(string holder)
    {
        if (holder.Split(' ') is not ["pid", { } text, "on", { } host] || host != Environment.MachineName) return true;
        try
        {
            using Process process = Process.GetProcessById(int.Parse(text, CultureInfo.InvariantCulture));
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false; // there is none of this number
        }
    }
}
