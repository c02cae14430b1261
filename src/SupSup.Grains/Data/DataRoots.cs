using SupSup.Data;
using SupSup.Data.Formats;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Data;

/// <summary>The folders that orders may name data in. Of what lies elsewhere nothing is told, not even whether it is there.</summary>
internal sealed class DataRoots
{
    private const int MostLinks = 40;

    private readonly string _setting;
    private readonly string[] _roots;

    /// <summary>Reads the setting.</summary>
    /// <param name="setting">Folders with ';' between; empty for any.</param>
    public DataRoots(string setting)
    {
        _setting = setting;
        _roots = [.. setting.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(root => Real(root))];
    }

    /// <summary>Refuses paths outside.</summary>
    /// <param name="dataset">A name, or a path with options.</param>
    /// <exception cref="SupSupException">InvalidRequest.</exception>
    public void Check(string dataset)
    {
        // Names are looked up in a list; what is in none is taken for a path, whether there is one or not.
        if (_roots.Length == 0 || DatasetStore.BuiltIn.Any(one => one.Name.Equals(dataset, StringComparison.OrdinalIgnoreCase))) return;
        string path = Real(DatasetAddress.Parse(dataset).Path);
        if (_roots.Any(root => path == root || path.StartsWith(WithSeparator(root), StringComparison.Ordinal))) return;
        throw new SupSupException(
            SupSupError.InvalidRequest,
            $"'{dataset.Split('?')[0]}' is no data set by name, and data by path must lie within {_setting} (Compute:DataRoots); send "
                + "others to the task instead");
    }

    private static string Real(string path) => Real(path, MostLinks);

    // Links are followed, each part of the path by itself, and not in circles.
    private static string Real(string path, int links)
    {
        string full = Path.GetFullPath(path), at = Path.GetPathRoot(full)!;
        foreach (string part in full[at.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            at = Path.Combine(at, part);
            if (links > 0 && Link(at) is { } target) at = Real(Path.Combine(Path.GetDirectoryName(at)!, target), links - 1);
        }

        return at;
    }

    private static string? Link(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string WithSeparator(string folder) =>
        Path.EndsInDirectorySeparator(folder) ? folder : folder + Path.DirectorySeparatorChar;
}
