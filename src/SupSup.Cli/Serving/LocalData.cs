using System.Formats.Tar;
using System.Security.Cryptography;
using SupSup.Cli.Output;
using SupSup.Data;
using SupSup.Data.Formats;
using SupSup.Data.Sent;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Cli.Serving;

/// <summary>Data of this machine, which are sent to a silo of another one: a file as it is, a folder as an archive.</summary>
internal sealed class LocalData
{
    // The same files are the same archive, whenever and wherever it is made.
    private static readonly DateTimeOffset Time = DateTimeOffset.UnixEpoch;

    private readonly DatasetAddress _address;

    private LocalData(DatasetAddress address) => _address = address;

    /// <summary>The data of a path that is on this machine; null of another, and of a dataset's name.</summary>
    /// <param name="dataset">Path with options, or name.</param>
    public static LocalData? Of(string dataset) =>
        DatasetStore.IsPath(dataset) && DatasetAddress.Parse(dataset) is var address && Path.Exists(address.Path) ? new(address) : null;

    /// <summary>Sends the data, unless they are there.</summary>
    /// <param name="service">The service.</param>
    /// <param name="path">Where it takes them.</param>
    /// <param name="display">Shows how far it is.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>What they are called there, with the options.</returns>
    /// <exception cref="SupSupException">They are refused, or the service cannot be reached.</exception>
    public async Task<string> SendAsync(Service service, string path, ProgressDisplay display, CancellationToken cancellationToken)
    {
        bool isFolder = Directory.Exists(_address.Path);
        string ending = isFolder ? ".tar" : SentFile.EndingOf(_address.Path, null, []);
        Measured local = await Task.Run(() => Measure(isFolder), cancellationToken);
        Sent? there = await service.FindAsync<Sent>(path, cancellationToken);
        if (there?.Checksum != local.Checksum)
        {
            await display.RunAsync($"sending {Path.GetFileName(_address.Path)}, {local.Bytes / 1e6:F1} MB", local.Bytes, async stage =>
                there = await service.SendAsync<Sent>(
                    HttpMethod.Put,
                    $"{path}?file=data{ending}",
                    target => Write(target, isFolder, bytes => stage.Advance(bytes)),
                    local.Bytes,
                    cancellationToken));
            if (there!.Checksum != local.Checksum)
                throw new SupSupException(
                    SupSupError.InvalidRequest, $"{_address.Path} changed while it was sent; give the same command again");
        }

        return _address.OptionsText.Length == 0 ? there!.Dataset : $"{there!.Dataset}?{_address.OptionsText}";
    }

    private Measured Measure(bool isFolder)
    {
        using SHA256 hash = SHA256.Create();
        using CryptoStream target = new(Stream.Null, hash, CryptoStreamMode.Write);
        long bytes = 0;
        Write(target, isFolder, more => bytes += more);
        target.FlushFinalBlock();
        return new(bytes, Convert.ToHexStringLower(hash.Hash!));
    }

    private void Write(Stream target, bool isFolder, Action<int> onBytes)
    {
        using CountedStream counted = new(target, onBytes);
        if (!isFolder)
        {
            using FileStream file = File.OpenRead(_address.Path);
            file.CopyTo(counted);
            return;
        }

        // Entries of this format have no name of the process in them, as those of pax do here.
        using TarWriter archive = new(counted, TarEntryFormat.Gnu, leaveOpen: true);
        foreach (string path in Directory.EnumerateFiles(_address.Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            using FileStream file = File.OpenRead(path);
            archive.WriteEntry(new GnuTarEntry(TarEntryType.RegularFile, Path.GetRelativePath(_address.Path, path))
            {
                ModificationTime = Time,
                AccessTime = Time,
                ChangeTime = Time,
                DataStream = file,
            });
        }
    }

    private sealed record Measured(long Bytes, string Checksum);

    private sealed record Sent(string Dataset, string Checksum);

    /// <summary>Tells of what is written, and leaves the stream behind it open.</summary>
    private sealed class CountedStream(Stream target, Action<int> onBytes) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            target.Write(buffer);
            onBytes(buffer.Length);
        }

        public override void Flush() => target.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
