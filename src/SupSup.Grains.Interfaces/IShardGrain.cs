using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Interfaces;

/// <summary>
/// A bank of up to 1024 packed masks in memory, keyed `model/shardIndex`. It stores nothing: it can be rebuilt at any
/// time from the coordinator's directory and the stored masks, so a call may answer that the shard is behind, upon which
/// the coordinator sends the assignment and asks again. What a query asks is limited in time, since its silo may be lost: it
/// is then asked again, of the shard as it is rebuilt elsewhere. Calls that may read a whole shard from the store are not.
/// </summary>
[GrainInterfaceType("supsup.shard"), Alias("supsup.shard")]
public interface IShardGrain : IGrainWithStringKey
{
    /// <summary>How long a query waits for an answer.</summary>
    const string AnswersWithin = "00:00:10";

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
    [Alias("scan-at"), ResponseTimeout(AnswersWithin)]
    Task<ShardScores> ScanAsync(ShardScope scope, FactorBatch factors, int depth, int best, CancellationToken cancellationToken);

    /// <summary>Reads more of the masks that a scan or a refinement of the same pass has left.</summary>
    /// <param name="refinement">For which images, and how deep.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>
    /// The candidates; null when the shard does not keep that pass, or not any more: the images must be scanned again.
    /// Masks that were left out do not count in the sums, which say nothing.
    /// </returns>
    [Alias("refine"), ResponseTimeout(AnswersWithin)]
    Task<ShardScores?> RefineAsync(ShardRefinement refinement, CancellationToken cancellationToken);

    /// <summary>Runs chosen masks on chosen images, and scores them exactly where factors are sent.</summary>
    /// <param name="revision">The assignment the caller knows.</param>
    /// <param name="finalists">What to run.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Class, entropy and score of each run, or null when the shard is behind.</returns>
    [Alias("run"), ResponseTimeout(AnswersWithin)]
    Task<TaskPredictions?> RunAsync(long revision, FinalistBatch finalists, CancellationToken cancellationToken);

    /// <summary>What the shard holds in memory; nothing is read.</summary>
    /// <param name="revision">The assignment that it must have.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Null where it is behind.</returns>
    [Alias("show")]
    Task<ShardHealth?> ShowAsync(long revision, CancellationToken cancellationToken);

    /// <summary>Reads the masks that it lacks, and reports.</summary>
    /// <param name="revision">The assignment the caller knows.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>How the shard is, or null when it is behind.</returns>
    [Alias("health")]
    Task<ShardHealth?> CheckHealthAsync(long revision, CancellationToken cancellationToken);
}
