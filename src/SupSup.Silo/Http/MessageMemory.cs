using System.Collections.Concurrent;
using System.Reflection;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;

namespace SupSup.Silo.Http;

/// <summary>
/// How much memory a protobuf message takes once it is parsed, found by walking over its bytes, which takes none: a few bytes may stand
/// for an object of some hundred.
/// </summary>
internal static class MessageMemory
{
    /// <summary>Bytes that a message takes at least for each of its own: as received, as parsed, and as handed on.</summary>
    public const int LeastWeight = 3;

    // As measured on .NET of 64 bits, objects within included; lists grow by doubling, and hold the old one while they do.
    private const int Message = 400, Entry = 250, Text = 80, Unknown = 160, Growth = 3;

    // A buffer that grows by doubling, beside the one before.
    private const int UnpackedWeight = 2;

    private const int MostDepth = 64;

    private static readonly ConcurrentDictionary<System.Type, MessageDescriptor?> Descriptors = new();

    /// <summary>What the requests of a method are; null where that is not known.</summary>
    public static MessageDescriptor? DescriptorOf(IMethod method) =>
        Descriptors.GetOrAdd(method.GetType(), type => type.GenericTypeArguments.FirstOrDefault()?.GetProperty(
            "Descriptor", BindingFlags.Public | BindingFlags.Static)?.GetValue(null) as MessageDescriptor);

    /// <summary>Bytes that a message takes.</summary>
    /// <param name="bytes">The message.</param>
    /// <param name="isUnpacked">Whether it is unpacked into memory before it is parsed: all of it, whatever it is.</param>
    /// <param name="descriptor">What it is.</param>
    /// <param name="mostBytes">Bytes of it that are looked at; a larger one is refused elsewhere.</param>
    /// <returns>What was found up to where the bytes are no message any more: it is refused there when it is parsed.</returns>
    public static long Of(Stream bytes, bool isUnpacked, MessageDescriptor descriptor, int mostBytes)
    {
        long found = 0;
        using WatchedStream watched = new(bytes);
        try
        {
            CodedInputStream input = CodedInputStream.CreateWithLimits(watched, mostBytes, MostDepth);
            Walk(input, descriptor, long.MaxValue, 0, ref found);
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or InvalidDataException)
        {
            // What is left is not parsed.
        }

        return isUnpacked ? found + (UnpackedWeight * Length(watched, mostBytes)) : found;
    }

    // To its end, or as far as a message may go.
    private static long Length(WatchedStream unpacked, int mostBytes)
    {
        Span<byte> piece = stackalloc byte[4096];
        try
        {
            while (unpacked.Position <= mostBytes && unpacked.Read(piece) > 0)
            {
            }
        }
        catch (InvalidDataException)
        {
            // It is unpacked as far as here, too.
        }

        return unpacked.Position;
    }

    private static void Walk(CodedInputStream input, MessageDescriptor descriptor, long end, int depth, ref long found)
    {
        found += descriptor.IsMapEntry ? Entry : Message;
        while (input.Position < end && input.ReadTag() is > 0 and var tag)
        {
            FieldDescriptor? field = descriptor.FindFieldByNumber(WireFormat.GetTagFieldNumber(tag));
            bool isDelimited = WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited;
            int size = Size(field);
            if (isDelimited && field?.FieldType == FieldType.Message && depth < MostDepth)
            {
                int length = Length(input);
                Walk(input, field.MessageType, input.Position + length, depth + 1, ref found);
            }
            else if (isDelimited && size > 0)
            {
                int length = Length(input);
                if (IsFixed(field!))
                {
                    found += length;
                    Skip(input, length);
                }
                else
                {
                    for (long stop = input.Position + length; input.Position < stop; found += Growth * size) input.ReadUInt64();
                }
            }
            else
            {
                long start = input.Position;
                input.SkipLastField();
                long bytes = input.Position - start;
                bool isGroup = WireFormat.GetTagWireType(tag) == WireFormat.WireType.StartGroup;
                found += isGroup ? Unknown * ((bytes / 2) + 1) // of two bytes each, if it is full of empty ones
                    : field is null ? Unknown + bytes
                    : isDelimited ? Text + (2 * bytes)
                    : field.IsRepeated || size == 0 ? Growth * Math.Max(size, sizeof(long)) : 0;
            }
        }
    }

    // A length of more than 2 GiB reads as a negative one.
    private static int Length(CodedInputStream input) =>
        input.ReadLength() is >= 0 and var length ? length : throw new InvalidDataException("a length is out of range");

    private static void Skip(CodedInputStream input, int length)
    {
        for (; length >= sizeof(ulong); length -= sizeof(ulong)) input.ReadFixed64();
        if (length >= sizeof(uint)) input.ReadFixed32();
    }

    private static bool IsFixed(FieldDescriptor field) => field.FieldType is FieldType.Float or FieldType.Double or FieldType.Fixed32
        or FieldType.Fixed64 or FieldType.SFixed32 or FieldType.SFixed64;

    private static int Size(FieldDescriptor? field) => field?.FieldType switch
    {
        null or FieldType.Message or FieldType.Group or FieldType.String or FieldType.Bytes => 0,
        FieldType.Bool => 1,
        FieldType.Double or FieldType.Int64 or FieldType.UInt64 or FieldType.SInt64 or FieldType.Fixed64 or FieldType.SFixed64 => 8,
        _ => 4,
    };
}
