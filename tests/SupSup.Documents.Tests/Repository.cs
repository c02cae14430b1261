namespace SupSup.Documents.Tests;

/// <summary>The folder that holds the solution.</summary>
internal static class Repository
{
    /// <summary>Its path.</summary>
    public static string Folder { get; } = Find();

    /// <summary>The path of a file or folder in it.</summary>
    public static string In(string name) => Path.Combine(Folder, name);

    private static string Find()
    {
        DirectoryInfo at = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at.FullName, "SupSup.sln"))) at = at.Parent!;
        return at.FullName;
    }
}
