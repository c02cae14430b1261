namespace SupSup.Experiments.Files;

/// <summary>Files that are there whole or not at all, whenever the tool ends (a power cut is not provided for).</summary>
public static class AtomicFile
{
    /// <summary>Writes a file beside its place and moves it there, replacing what was there.</summary>
    /// <param name="path">The file.</param>
    /// <param name="write">Writes it to the path it is given.</param>
    /// <param name="replace">Whether an existing file is replaced; else it is left as it is.</param>
    /// <exception cref="IOException">It cannot be written, or is a folder, a device or a pipe, which are never replaced; the message names
    /// it.</exception>
    public static async Task WriteAsync(string path, Func<string, Task> write, bool replace = true)
    {
        path = Followed(path);
        if (Directory.Exists(path) || FileKind.IsSpecial(path))
            throw new IOException($"cannot write {path}: it is no regular file; name another");
        string directory = Path.GetDirectoryName(path)!;
        Directory.CreateDirectory(directory);

        // The extension stays last: some writers choose the format by it.
        string temporary = Path.Combine(
            directory, $".{Path.GetFileNameWithoutExtension(path)}.{Guid.NewGuid():N}{Path.GetExtension(path)}");
        try
        {
            await write(temporary);
            if (replace || !File.Exists(path)) File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>The full path of a file or, where it is a link, of what the link leads to: that is written, and the link stays.</summary>
    public static string Followed(string path)
    {
        string full = Path.GetFullPath(path);
        if (FileKind.IsSpecial(full)) return full; // links to pipes lead to no path: /dev/stdout
        FileInfo file = new(full);
        return file.LinkTarget is null ? full : file.ResolveLinkTarget(returnFinalTarget: true)!.FullName;
    }

    /// <summary>The same, for writers that do not wait.</summary>
    public static void Write(string path, Action<string> write, bool replace = true) =>
        WriteAsync(
            path,
            temporary =>
            {
                write(temporary);
                return Task.CompletedTask;
            },
            replace).GetAwaiter().GetResult();
}
