namespace SupSup.Experiments.Files;

/// <summary>
/// Where a command writes what its user named: a new or regular file, which is there whole or not at all; stdout, which is named by a
/// dash; or a device or pipe that is there, into which it is written. What is there is never replaced by something of another kind.
/// </summary>
public sealed class OutputFile
{
    /// <summary>The name of stdout.</summary>
    public const string Stdout = "-";

    private readonly bool _isSpecial;

    private OutputFile(string path, bool isSpecial) => (Path, _isSpecial) = (path, isSpecial);

    /// <summary>The full path, or <see cref="Stdout"/>.</summary>
    public string Path { get; }

    /// <summary>Whether it is stdout, so that nothing else may be written there.</summary>
    public bool IsStdout => Path == Stdout;

    /// <summary>Checks a name, before any work is done.</summary>
    /// <param name="name">A path, or a dash.</param>
    /// <exception cref="IOException">It is a folder, or in a folder that is not there.</exception>
    public static OutputFile Of(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name == Stdout) return new(Stdout, isSpecial: true);
        string path = AtomicFile.Followed(name);
        if (Directory.Exists(path)) throw new IOException($"cannot write {path}: it is a folder; name a file in it");
        string folder = System.IO.Path.GetDirectoryName(path)!;
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"cannot write {path}: there is no folder {folder}; create it first");
        return new(path, FileKind.IsSpecial(path));
    }

    /// <summary>Writes it.</summary>
    /// <param name="write">Writes to the stream that it is given.</param>
    /// <exception cref="IOException">It cannot be written; the message names it.</exception>
    public async Task WriteAsync(Func<Stream, Task> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        if (_isSpecial)
        {
            await using Stream stream = IsStdout ? Console.OpenStandardOutput() : new FileStream(Path, FileMode.Open, FileAccess.Write);
            await write(stream).ConfigureAwait(false);
            return;
        }

        await AtomicFile.WriteAsync(Path, async temporary =>
        {
            await using FileStream stream = File.Create(temporary);
            await write(stream).ConfigureAwait(false);
        }).ConfigureAwait(false);
    }

    /// <summary>Writes bytes that are at hand.</summary>
    /// <param name="content">The bytes.</param>
    /// <exception cref="IOException">It cannot be written; the message names it.</exception>
    public void Write(byte[] content) => WriteAsync(stream => stream.WriteAsync(content).AsTask()).GetAwaiter().GetResult();
}
