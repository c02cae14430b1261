using System.Xml.Linq;

namespace SupSup.Deploy.Tests;

/// <summary>The folder that holds the solution, and what is read of it.</summary>
internal static class Repository
{
    /// <summary>Its path.</summary>
    public static string Folder { get; } = Find();

    /// <summary>The version of everything that is built.</summary>
    public static string Version { get; } = XDocument.Load(In("Directory.Build.props")).Descendants("Version").Single().Value;

    /// <summary>The path of a file or folder in it.</summary>
    public static string In(params string[] names) => Path.Combine([Folder, .. names]);

    private static string Find()
    {
        DirectoryInfo at = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at.FullName, "SupSup.sln"))) at = at.Parent!;
        return at.FullName;
    }
}
