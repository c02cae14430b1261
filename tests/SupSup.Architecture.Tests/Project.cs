using System.Runtime.CompilerServices;
using System.Xml.Linq;

namespace SupSup.Architecture.Tests;

/// <summary>A project of src/ or tools/.</summary>
/// <param name="File">Its file.</param>
internal sealed record Project(string File)
{
    private static readonly string Root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Here())!, "..", ".."));

    private readonly XDocument _xml = XDocument.Load(File);

    /// <summary>Every project there is.</summary>
    public static IReadOnlyList<Project> All { get; } =
    [
        .. new[] { "src", "tools" }
            .SelectMany(folder => Directory.GetFiles(Path.Combine(Root, folder), "*.csproj", SearchOption.AllDirectories))
            .Order().Select(file => new Project(file)),
    ];

    public string Name => Path.GetFileNameWithoutExtension(File);

    /// <summary>The folder that it lies in: src or tools.</summary>
    public string Folder => FolderOf(File);

    /// <summary>The file name of what it is built into.</summary>
    public string Assembly => $"{_xml.Descendants("AssemblyName").SingleOrDefault()?.Value ?? Name}.dll";

    /// <summary>The projects that it refers to.</summary>
    public IEnumerable<(string Name, string Folder)> References => _xml.Descendants("ProjectReference")
        .Select(reference => Path.GetFullPath(reference.Attribute("Include")!.Value, Path.GetDirectoryName(File)!))
        .Select(file => (Path.GetFileNameWithoutExtension(file), FolderOf(file)));

    private static string FolderOf(string file) => Path.GetRelativePath(Root, file).Split(Path.DirectorySeparatorChar)[0];

    private static string Here([CallerFilePath] string path = "") => path;
}
