namespace SupSup.Grains.Tests.Hosting;

/// <summary>A folder that is gone afterwards.</summary>
internal sealed class TemporaryStore : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("supsup-grains-").FullName;

    /// <summary>The file that holds a grain's state.</summary>
    public string File(string stateName, string grainType, string key) =>
        Path.Combine(Folder, "grainstate", $"{stateName}-{grainType}", $"{key}.json");

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
