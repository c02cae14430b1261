using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Interfaces;

/// <summary>
/// A bank of up to 1024 packed masks in memory, keyed `model/shardIndex`. It stores nothing: it can be rebuilt at any
/// time from the coordinator's directory and the stored masks, so a call may answer that the shard is behind, upon which
/// the coordinator sends the assignment and asks again.
/// </summary>
[GrainInterfaceType("supsup.shard"), Alias("supsup.shard")]
public interface IShardGrain : IGrainWithStringKey
{
    /// <summary>Tells the shard which masks to hold; it reads those it lacks from the store when a call needs them.</summary>
    /// <param name="assignment">All of the shard's tasks.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    [Alias("assign")]
    Task AssignAsync(ShardAssignment assignment, CancellationToken cancellationToken);

    /// <summary>Counts, for each weight, how many of the masks keep it; those that cannot be read are left out and named.</summary>
    /// <param name="scope">Which masks.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    [Alias("count")]
    Task<ShardCounts> CountAsync(ShardScope scope, CancellationToken cancellationToken);

    /// <summary>Scans masks for a batch of images.</summary>
    /// <param name="scope">Which masks.</param>
    /// <param name="factors">The factors of the first layer alone, or of all.</param>
    /// <param name="full">Whether to read all that matters, or the strongest inputs of the first layer only.</param>
    /// <param name="floors">
    /// In full, per image the coarse score below which masks need not be looked at; empty to look at all. Masks that were
    /// left out do not count in the sums, which are then those of the coarse scan.
    /// </param>
    /// <param name="best">How many candidates to return per image.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    [Alias("scan")]
    Task<ShardScores> ScanAsync(ShardScope scope, FactorBatch factors, bool full, double[] floors, int best, CancellationToken cancellationToken);

    /// <summary>Runs chosen masks on chosen images, and scores them exactly where factors are sent.</summary>
    /// <param name="revision">The assignment the caller knows.</param>
    /// <param name="finalists">What to run.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Class, entropy and score of each run, or null when the shard is behind.</returns>
    [Alias("run")]
    Task<TaskPredictions?> RunAsync(long revision, FinalistBatch finalists, CancellationToken cancellationToken);

    /// <summary>Reads the masks that it lacks, and reports.</summary>
    /// <param name="revision">The assignment the caller knows.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>How the shard is, or null when it is behind.</returns>
    [Alias("health")]
    Task<ShardHealth?> CheckHealthAsync(long revision, CancellationToken cancellationToken);
}
