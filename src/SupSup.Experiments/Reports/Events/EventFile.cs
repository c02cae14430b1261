using System.Buffers.Binary;
using System.Numerics;
using Google.Protobuf;
using SupSup.Experiments.Files;

namespace SupSup.Experiments.Reports.Events;

/// <summary>
/// A file of events as TensorBoard reads it: records, each a length, the masked CRC-32C of the length, an Event message
/// and the masked CRC-32C of that; the first names the format's version.
/// </summary>
internal static class EventFile
{
    /// <summary>Writes a file whole, in place of what was there.</summary>
    /// <param name="path">The file; its name must hold "tfevents".</param>
    /// <param name="began">When the run began, in seconds of Unix time.</param>
    /// <param name="events">Seconds since then, step, and scalars by tag.</param>
    public static void Write(
        string path, double began, IEnumerable<(double Seconds, long Step, IEnumerable<(string Tag, double Value)> Scalars)> events) =>
        AtomicFile.Write(path, temporary =>
        {
            using FileStream stream = File.Create(temporary);
            WriteRecord(stream, new Event { WallTime = began, FileVersion = "brain.Event:2" });
            foreach ((double seconds, long step, IEnumerable<(string Tag, double Value)> scalars) in events)
            {
                Summary summary = new();
                foreach ((string tag, double value) in scalars)
                    summary.Value.Add(new Summary.Types.Value { Tag = tag, SimpleValue = (float)value });
                WriteRecord(stream, new Event { WallTime = began + seconds, Step = step, Summary = summary });
            }
        });

    private static void WriteRecord(Stream stream, Event message)
    {
        byte[] data = message.ToByteArray();
        Span<byte> length = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)data.Length);
        stream.Write(length);
        WriteChecksum(stream, length);
        stream.Write(data);
        WriteChecksum(stream, data);
    }

    private static void WriteChecksum(Stream stream, ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in data) crc = BitOperations.Crc32C(crc, value);
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, BitOperations.RotateRight(~crc, 15) + 0xa282ead8u);
        stream.Write(bytes);
    }
}
