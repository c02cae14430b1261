namespace SupSup.Grains.Tests.Hosting;

/// <summary>A folder that is gone afterwards.</summary>
internal sealed class TemporaryStore : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("supsup-grains-").FullName;

    /// <summary>The file that holds a grain's state.</summary>
    public string File(string stateName, string grainType, string key) =>
        Path.Combine(Folder, "grainstate", $"{stateName}-{grainType}", $"{key}.json");

    /// <summary>The records of a model, of its tasks, and of all else that is named after it.</summary>
    public string[] Records(string model)
    {
        string root = Path.Combine(Folder, "grainstate");
        return
        [
            .. Directory.EnumerateFiles(root, "*.json", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(root, file))
                .Where(file => file.Split('/') is [_, var first, ..] && (first == model || first == $"{model}.json")).Order(),
        ];
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
