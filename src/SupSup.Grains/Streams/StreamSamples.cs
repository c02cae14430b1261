using System.Globalization;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Storage;

namespace SupSup.Grains.Streams;

/// <summary>The stored samples of a stream's masks, a record for each; none is kept in memory.</summary>
/// <param name="records">The store.</param>
/// <param name="stream">The stream's key.</param>
/// <param name="onConflict">Called when another activation wrote a sample.</param>
internal sealed class StreamSamples(GrainRecords records, string stream, Action onConflict)
{
    /// <summary>Rows of a sample.</summary>
    public const int Rows = 32;

    /// <summary>The sample of a task, or null.</summary>
    /// <exception cref="SupSupException">Damaged or Unavailable.</exception>
    public async Task<LabelledBatch?> ReadAsync(int task) => (await Sample(task).ReadAsync()).Unpack();

    /// <summary>Stores the sample of a task.</summary>
    /// <exception cref="SupSupException">Damaged or Unavailable.</exception>
    public Task WriteAsync(int task, LabelledBatch rows) => Sample(task).WriteAsync(StreamSample.Of(rows));

    /// <summary>Deletes the sample of a task.</summary>
    /// <exception cref="SupSupException">Damaged or Unavailable.</exception>
    public Task DeleteAsync(int task) => Sample(task).ClearAsync();

    private GrainRecord<StreamSample> Sample(int task) =>
        records.Open<StreamSample>(StorageNames.StreamSample, GrainId.Create("stream-sample", string.Create(CultureInfo.InvariantCulture, $"{stream}/{task}")), onConflict);
}
