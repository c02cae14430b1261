using System.Buffers;
using SupSup.Core.Datasets;

namespace SupSup.Data.Formats;

/// <summary>Pictures of a folder that are read and decoded whenever they are needed.</summary>
internal sealed class StreamedPictures : IImageSource
{
    private readonly string _root;
    private readonly (string Path, long Length)[] _files;
    private readonly PictureRule _rule;

    /// <summary>Looks at names and lengths of the files.</summary>
    /// <param name="root">The folder.</param>
    /// <param name="files">The files in it, by their paths.</param>
    /// <param name="rule">How tests see them.</param>
    public StreamedPictures(string root, string[] files, PictureRule rule)
        : this(root, [.. files.Select(file => (Path.GetRelativePath(root, file), new FileInfo(file).Length))], rule)
    {
    }

    private StreamedPictures(string root, (string, long)[] files, PictureRule rule) => (_root, _files, _rule) = (root, files, rule);

    /// <inheritdoc/>
    public string Description => _rule.Description;

    /// <inheritdoc/>
    public void Read(int index, ImageUse use)
    {
        string path = Path.Combine(_root, _files[index].Path);
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            int length = (int)file.Length;
            byte[] content = ArrayPool<byte>.Shared.Rent(length);
            file.ReadExactly(content, 0, length);
            new Picture(path, content.AsMemory(0, length)).Decode(_rule.Shape.Channels == 1, use);
            ArrayPool<byte>.Shared.Return(content);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DatasetException(path, $"cannot be read ({e.Message})", "put it back, or open the folder anew", e);
        }
    }

    /// <inheritdoc/>
    public void View(int index, Span<byte> levels)
    {
        byte[] made = ArrayPool<byte>.Shared.Rent(_rule.Shape.Length);
        Read(index, (picture, shape) => _rule.Make(picture, shape, made));
        made.AsSpan(0, _rule.Shape.Length).CopyTo(levels);
        ArrayPool<byte>.Shared.Return(made);
    }

    /// <inheritdoc/>
    public string Tag(int index) => $"{_files[index].Path.Replace(Path.DirectorySeparatorChar, '/')} {_files[index].Length}";

    /// <inheritdoc/>
    public IImageSource Choose(IReadOnlyList<int> indices) =>
        new StreamedPictures(_root, [.. indices.Select(index => _files[index])], _rule);
}
