using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Storage;

namespace SupSup.Grains.Streams;

/// <summary>The stored samples of a stream's masks, a record for each; none is kept in memory.</summary>
/// <param name="records">The store.</param>
/// <param name="stream">The stream's key.</param>
/// <param name="onConflict">Called when another activation wrote a sample.</param>
internal sealed class StreamSamples(GrainRecords records, string stream, Action onConflict)
{
    /// <summary>The sample of a task, or null.</summary>
    /// <exception cref="SupSupException">Damaged or Unavailable.</exception>
    public async Task<LabelledBatch?> ReadAsync(int task) => (await Sample(task).ReadAsync()).Unpack();

    /// <summary>Stores the sample of a task; does nothing where the one that is there is damaged, which reading it tells.</summary>
    /// <exception cref="SupSupException">Unavailable.</exception>
    public Task WriteAsync(int task, LabelledBatch rows) => UnlessDamagedAsync(() => Sample(task).WriteAsync(StreamSample.Of(rows)));

    /// <summary>Deletes the sample of a task; a damaged one cannot be deleted, and stays.</summary>
    /// <exception cref="SupSupException">Unavailable.</exception>
    public Task DeleteAsync(int task) => UnlessDamagedAsync(Sample(task).ClearAsync);

    // Without its sample a mask cannot be merged; a stream that stops for it could not go on at all.
    private static async Task UnlessDamagedAsync(Func<Task> change)
    {
        try
        {
            await change();
        }
        catch (SupSupException e) when (e.Error == SupSupError.Damaged)
        {
        }
    }

    private GrainRecord<StreamSample> Sample(int task) =>
        records.Open<StreamSample>(StorageNames.StreamSample, GrainId.Create("stream-sample", $"{stream}/{task}"), onConflict);
}
