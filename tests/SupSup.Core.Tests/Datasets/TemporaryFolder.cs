namespace SupSup.Core.Tests.Datasets;

/// <summary>A folder of one test, deleted with all it holds at the test's end.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("supsup-datasets-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>Writes a shell script that can stand in for a program of the system; gives its path.</summary>
    public string Script(string name, string body)
    {
        File.WriteAllText(this[name], $"#!/bin/sh\n{body}\n");
        if (OperatingSystem.IsWindows())
            throw new PlatformNotSupportedException("Scripts need a Unix shell.");
        File.SetUnixFileMode(this[name], UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return this[name];
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
