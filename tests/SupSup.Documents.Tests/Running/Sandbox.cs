using SupSup.LocalCluster;

namespace SupSup.Documents.Tests.Running;

/// <summary>A folder like a clone of the repository, with a home of its own and the files that documents speak of.</summary>
internal sealed class Sandbox : IDisposable
{
    private static readonly string RealHome = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

    // The cache of real datasets that all test runs share.
    private static readonly string SharedData = Path.Combine(
        Environment.GetEnvironmentVariable("SUPSUP_HOME") is { Length: > 0 } home ? home : Path.Combine(RealHome, ".supsup"), "data");

    public Sandbox()
    {
        Substitutions = new Substitutions(Folder, PortNumbers);
        SmallData.Write(Folder);
        Directory.CreateDirectory(Path.Combine(Folder, "tmp"));
        Directory.CreateDirectory(Path.Combine(Folder, ".local", "share")); // where dotnet puts programs of one file
        string home = Directory.CreateDirectory(Path.Combine(Folder, ".supsup")).FullName;
        Directory.CreateSymbolicLink(Path.Combine(home, "data"), Directory.CreateDirectory(SharedData).FullName);
        foreach (string name in (string[])["src", "tests", "tools", "benchmarks", "build", "deploy", "docs", "artifacts"])
            Directory.CreateSymbolicLink(Path.Combine(Folder, name), Repository.In(name));

        string tool = Path.Combine(Folder, "supsup");
        File.WriteAllText(tool, $"#!/bin/sh\nSUPSUP_COMMAND=$0 exec {Path.Combine(AppContext.BaseDirectory, "supsup")} \"$@\"\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(tool, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        CopySamples();
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("supsup-documents-").FullName;

    public Substitutions Substitutions { get; }

    /// <summary>What the shell of the sandbox has in its environment beyond that of the tests.</summary>
    public IEnumerable<(string Name, string Value)> Variables =>
    [
        ("HOME", Folder),
        ("SUPSUP_HOME", ""),
        ("DOTNET_CLI_HOME", RealHome),
        ("NUGET_PACKAGES", Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(RealHome, ".nuget", "packages")),
        ("PROGRAMS", Repository.In("artifacts/bin")),
        ("SupSup__Http__Port", $"{PortNumbers[0]}"),
        ("SupSup__Http__GrpcPort", $"{PortNumbers[1]}"),
        ("SupSup__Endpoints__GatewayPort", $"{PortNumbers[2]}"),
        ("SupSup__Endpoints__SiloPort", $"{PortNumbers[3]}"),
    ];

    /// <summary>The silo's address, while one runs.</summary>
    public Uri Silo => new($"http://127.0.0.1:{PortNumbers[0]}");

    private int[] PortNumbers { get; } = LoopbackPorts.Free(4);

    /// <summary>What was printed, as documents show it: their files lie in /data.</summary>
    public string AsShown(string printed) => printed
        .Replace($"{Folder}/data/", "/data/", StringComparison.Ordinal).Replace($"{Folder}/", "/data/", StringComparison.Ordinal);

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    // They name the usual ports, and the client's project.
    private void CopySamples()
    {
        string samples = Repository.In("samples");
        foreach (string file in Directory.EnumerateFiles(samples, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(Folder, "samples", Path.GetRelativePath(samples, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            string text = Substitutions.Ports(Substitutions.OnThisMachine(File.ReadAllText(file)));
            File.WriteAllText(copy, text.Replace("../src/", $"{Repository.In("src")}/", StringComparison.Ordinal));
        }
    }
}
