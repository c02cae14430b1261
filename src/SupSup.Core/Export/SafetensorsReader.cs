using System.Buffers.Binary;
using System.Text.Json;

namespace SupSup.Core.Export;

/// <summary>Reads a safetensors file from its beginning to its end, one tensor at a time, so that it may be larger than memory.</summary>
public sealed class SafetensorsReader
{
    /// <summary>Bytes of memory for each byte of a header: twice itself, its syntax and its entries, of which short ones take the
    /// most.</summary>
    public const int HeaderWeight = 20;

    private const int MostHeaderBytes = 1 << 28;

    private readonly Stream _stream;
    private readonly Queue<Tensor> _tensors;
    private long _position;

    private SafetensorsReader(Stream stream, IReadOnlyDictionary<string, string> metadata, IEnumerable<Tensor> tensors)
    {
        (_stream, Metadata) = (stream, metadata);
        _tensors = new(tensors.OrderBy(tensor => tensor.Start));
    }

    /// <summary>Free text by name.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Reads the header.</summary>
    /// <param name="stream">The file.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="seen">Told how many bytes the header has up to where it was read, each of which takes up to
    /// <see cref="HeaderWeight"/> in memory until it is parsed; throws to end the reading.</param>
    /// <exception cref="InvalidDataException">It is no such file.</exception>
    public static async Task<SafetensorsReader> OpenAsync(Stream stream, CancellationToken cancellationToken, Action<long>? seen = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        try
        {
            byte[] length = new byte[8];
            await stream.ReadExactlyAsync(length, cancellationToken).ConfigureAwait(false);
            long bytes = BinaryPrimitives.ReadInt64LittleEndian(length);
            if (bytes is < 2 or > MostHeaderBytes) throw new FormatException("its first 8 bytes are not the length of a header");

            // In pieces: a few bytes may say that there are many.
            using MemoryStream header = new();
            byte[] piece = new byte[1 << 16];
            while (header.Length < bytes)
            {
                int read = await stream.ReadAsync(piece.AsMemory(0, (int)Math.Min(piece.Length, bytes - header.Length)), cancellationToken)
                    .ConfigureAwait(false);
                if (read == 0) throw new EndOfStreamException();
                header.Write(piece, 0, read);
                seen?.Invoke(header.Length);
            }

            using JsonDocument json = JsonDocument.Parse(header.GetBuffer().AsMemory(0, (int)bytes));
            Dictionary<string, string> metadata = [];
            List<Tensor> tensors = [];
            foreach (JsonProperty entry in json.RootElement.EnumerateObject())
            {
                if (entry.Name == "__metadata__")
                    foreach (JsonProperty text in entry.Value.EnumerateObject()) metadata[text.Name] = text.Value.GetString() ?? "";
                else
                    tensors.Add(new(entry.Name, entry.Value.GetProperty("dtype").GetString()!,
                        entry.Value.GetProperty("data_offsets")[0].GetInt64(), entry.Value.GetProperty("data_offsets")[1].GetInt64()));
            }

            return new(stream, metadata, tensors);
        }
        catch (Exception e) when (e is EndOfStreamException or JsonException or KeyNotFoundException or InvalidOperationException
            or FormatException or IndexOutOfRangeException)
        {
            throw new InvalidDataException($"it is no safetensors file ({e.Message.TrimEnd('.')})", e);
        }
    }

    /// <summary>Reads the next tensor of some name; those before it are passed over.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">"F32", "F16" or "U8".</param>
    /// <param name="bytes">How many bytes it must have.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="InvalidDataException">There is none, it is another, or the file ends before it does.</exception>
    public async Task<byte[]> ReadAsync(string name, string type, int bytes, CancellationToken cancellationToken)
    {
        try
        {
            while (_tensors.TryDequeue(out Tensor? next))
            {
                if (next.Start < _position) throw new InvalidDataException($"its tensor '{next.Name}' lies over the one before");
                if (next.Name != name) continue;
                if (next.Type != type || next.End - next.Start != bytes)
                    throw new InvalidDataException(
                        $"its tensor '{name}' is {next.Type} of {next.End - next.Start} bytes, not {type} of {bytes}");
                await SkipAsync(next.Start - _position, cancellationToken).ConfigureAwait(false);
                byte[] content = new byte[bytes];
                await _stream.ReadExactlyAsync(content, cancellationToken).ConfigureAwait(false);
                _position = next.End;
                return content;
            }
        }
        catch (EndOfStreamException e)
        {
            throw new InvalidDataException($"it ends within or before its tensor '{name}'", e);
        }

        throw new InvalidDataException($"it has no tensor '{name}' in its place");
    }

    private async Task SkipAsync(long bytes, CancellationToken cancellationToken)
    {
        byte[] piece = new byte[1 << 16];
        for (long left = bytes; left > 0;)
        {
            int read = await _stream.ReadAsync(piece.AsMemory(0, (int)Math.Min(piece.Length, left)), cancellationToken)
                .ConfigureAwait(false);
            if (read == 0) throw new EndOfStreamException();
            left -= read;
        }
    }

    private sealed record Tensor(string Name, string Type, long Start, long End);
}
