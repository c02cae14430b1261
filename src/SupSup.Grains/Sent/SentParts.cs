using System.Security.Cryptography;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Storage;

namespace SupSup.Grains.Sent;

/// <summary>The stored parts of a task's data. A part's record is named by its checksum, so that it never changes, and whoever knows the
/// data can read it.</summary>
/// <param name="records">The store.</param>
/// <param name="task">The task, `model/index`.</param>
internal sealed class SentParts(GrainRecords records, string task)
{
    /// <summary>The checksum of bytes: SHA-256, lower-case hexadecimal.</summary>
    public static string Checksum(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content));

    /// <summary>Makes a part durable, unless it is.</summary>
    /// <exception cref="SupSupException">Unavailable: the store failed.</exception>
    public async Task WriteAsync(SentPart part, byte[] content)
    {
        GrainRecord<SentPartState> record = Record(part.Checksum);
        if (!(await record.ReadAsync()).Content.AsSpan().SequenceEqual(content)) await record.WriteAsync(new() { Content = content });
    }

    /// <summary>Reads a part.</summary>
    /// <exception cref="SupSupException">Damaged: it is missing, or another. Unavailable: the store failed.</exception>
    public async Task<byte[]> ReadAsync(SentPart part)
    {
        byte[] content = (await Record(part.Checksum).ReadAsync()).Content;
        return content.Length == part.Bytes && Checksum(content) == part.Checksum ? content : throw new SupSupException(
            SupSupError.Damaged, $"a stored part of the data of task {task} is {(content.Length == 0 ? "missing" : "damaged")}; send the "
                + "data again");
    }

    /// <summary>Deletes a part, if it is there. A damaged one cannot be deleted, and stays where no one looks for it.</summary>
    /// <exception cref="SupSupException">Unavailable: the store failed.</exception>
    public async Task DeleteAsync(string checksum)
    {
        try
        {
            await Record(checksum).ClearAsync();
        }
        catch (SupSupException e) when (e.Error == SupSupError.Damaged)
        {
        }
    }

    private GrainRecord<SentPartState> Record(string checksum) =>
        records.Open<SentPartState>(StorageNames.SentPart, GrainId.Create("sent-part", $"{task}/{checksum}"));
}
