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
    /// <param name="depth">How much to read: 0 the strongest inputs of the first layer, 1 the first two layers, 2 all that matters.</param>
    /// <param name="best">How many candidates to return per image.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    [Alias("scan-at")]
    Task<ShardScores> ScanAsync(ShardScope scope, FactorBatch factors, int depth, int best, CancellationToken cancellationToken);

    /// <summary>Goes on where a scan or a refinement of the same pass ended.</summary>
    /// <param name="refinement">For which images, and how deep.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>
    /// The candidates; null when the shard does not keep that pass, or not any more: the images must be scanned again.
    /// Masks that were left out do not count in the sums, which say nothing.
    /// </returns>
    [Alias("refine")]
    Task<ShardScores?> RefineAsync(ShardRefinement refinement, CancellationToken cancellationToken);

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
