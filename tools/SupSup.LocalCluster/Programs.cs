namespace SupSup.LocalCluster;

/// <summary>Finds programs that a local cluster needs.</summary>
internal static class Programs
{
    /// <summary>
    /// The path of a program: on the PATH, or below artifacts/tools of the folder that this program was built in, where the
    /// tests install what they need; null when it is nowhere.
    /// </summary>
    public static string? Find(string name)
    {
        IEnumerable<string> folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(
            Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (folder.Name == "artifacts")
                folders = folders.Append(Path.Combine(folder.FullName, "tools", "azurite", "node_modules", ".bin"));
        }

        return folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
    }
}
