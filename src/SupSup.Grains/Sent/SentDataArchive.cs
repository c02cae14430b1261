using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using SupSup.Core.Datasets;
using SupSup.Data.Formats;
using SupSup.Data.Sent;
using SupSup.Grains.Compute;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Storage;

namespace SupSup.Grains.Sent;

/// <summary>One per silo: opens data that were sent, from the model's store.</summary>
/// <param name="grains">Reaches the grains that keep them.</param>
/// <param name="records">The store.</param>
/// <param name="options">Where they are unpacked, and to how much.</param>
/// <param name="time">Tells how old the leftovers of a killed silo are.</param>
#pragma warning disable CA1001 // Semaphores without wait handles hold nothing.
public sealed partial class SentDataArchive(
    IGrainFactory grains, GrainRecords records, IOptions<ComputeOptions> options, TimeProvider time)
{
    private const string Folder = ".sent-";

    private static readonly TimeSpan LeftoverAge = TimeSpan.FromDays(1);

    // Data take memory and disk while they are read: few are at once.
    private readonly SemaphoreSlim _unpacking = new(2);

    /// <summary>Bytes that data may have, or unfold to.</summary>
    public long MostBytes => options.Value.ModelDataBytes;

    /// <summary>Whether a dataset's name is that of sent data.</summary>
    /// <param name="dataset">The name, with options.</param>
    public static bool Names(string dataset) => dataset.StartsWith(SentDataLimits.Prefix, StringComparison.Ordinal);

    /// <summary>The checksum of sent data.</summary>
    /// <param name="dataset">Their name, with options.</param>
    /// <returns>Null where there are none.</returns>
    /// <exception cref="SupSupException">InvalidRequest: it is no such name. Unavailable: the store failed.</exception>
    public async Task<string?> ChecksumAsync(string dataset)
    {
        (string model, int task, _) = Parse(dataset);
        return (await grains.TaskData(model, task).DescribeAsync(CancellationToken.None))?.Checksum;
    }

    /// <summary>Opens sent data.</summary>
    /// <param name="dataset">Their name, with options.</param>
    /// <param name="checksum">Which are meant: those of this checksum.</param>
    /// <exception cref="SupSupException">InvalidRequest: there are none. Damaged or Unavailable: the store failed, or others took their
    /// place.</exception>
    /// <exception cref="DatasetException">The data, or the options, are at fault.</exception>
    public async Task<Dataset> OpenAsync(string dataset, string checksum)
    {
        (string model, int task, string reading) = Parse(dataset);
        SentData data = await grains.TaskData(model, task).DescribeAsync(CancellationToken.None)
            ?? throw new SupSupException(SupSupError.InvalidRequest, $"no data were sent for task {model}/{task}, or they were deleted");
        if (data.Checksum != checksum) throw Replaced();
        return await UnpackedAsync(
            async file =>
            {
                SentParts parts = new(records, GrainKeys.Task(model, task));
                try
                {
                    foreach (SentPart part in data.Parts) await file.WriteAsync(await parts.ReadAsync(part));
                }
                catch (SupSupException e) when (e.Error == SupSupError.Damaged)
                {
                    if (await ChecksumAsync(dataset) != checksum) throw Replaced();
                    throw;
                }
            },
            data.Ending,
            path => DatasetAddress.Of(path, reading),
            data.Dataset);

        SupSupException Replaced() => new(
            SupSupError.Unavailable, $"the data of task {model}/{task} were replaced while they were read; ask again");
    }

    /// <summary>Opens data that are in the course of being sent, and kept nowhere.</summary>
    /// <param name="write">Writes the file.</param>
    /// <param name="ending">The ending of such files.</param>
    /// <param name="address">Gives the address by which what is at a path is to be read.</param>
    /// <param name="name">What messages, and the dataset, call them.</param>
    /// <exception cref="DatasetException">The data, or the options, are at fault.</exception>
    public async Task<Dataset> UnpackedAsync(Func<Stream, Task> write, string ending, Func<string, DatasetAddress> address, string name)
    {
        using IDisposable turn = await _unpacking.EnterAsync();
        string root = Path.GetFullPath(options.Value.DataFolder), folder = Path.Combine(root, $"{Folder}{Guid.NewGuid():N}");
        string unpacked = Path.Combine(folder, "data");
        Directory.CreateDirectory(unpacked);
        try
        {
            DeleteLeftovers(root);
            string path = Path.Combine(folder, "file");
            await using (FileStream file = File.Create(path)) await write(file);
            return await Task.Run(() => SentFile.Open(path, ending, address, name, unpacked, options.Value.ModelDataBytes));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static (string Model, int Task, string Options) Parse(string dataset)
    {
        Match match = Address().Match(dataset);
        return match.Success && GrainKeys.Split(match.Groups["task"].Value) is var (model, task)
            ? (model, task, match.Groups["options"].Value)
            : throw new SupSupException(
                SupSupError.InvalidRequest, $"'{dataset}' does not name sent data; their name is {SentDataLimits.Prefix}MODEL/TASK");
    }

    // Of a silo that was killed.
    private void DeleteLeftovers(string root)
    {
        DateTime before = (time.GetUtcNow() - LeftoverAge).UtcDateTime;
        foreach (string leftover in Directory.EnumerateDirectories(root, $"{Folder}*"))
        {
            try
            {
                if (Directory.GetLastWriteTimeUtc(leftover) < before) Directory.Delete(leftover, recursive: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Another process deletes it too, or it is another user's: nothing depends on it.
            }
        }
    }

    [GeneratedRegex(@"^upload:(?<task>[^?]+)(\?(?<options>.*))?\z", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Address();
}
