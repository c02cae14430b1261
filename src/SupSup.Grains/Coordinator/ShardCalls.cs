using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Coordinator;

/// <summary>
/// Calls to the shards of a model. A shard that was moved or restarted knows nothing: it is told its assignment, and
/// asked again.
/// </summary>
/// <param name="model">The model's name.</param>
/// <param name="spec">The model's definition.</param>
/// <param name="grains">Finds the shards.</param>
internal sealed class ShardCalls(string model, ModelSpec spec, IGrainFactory grains)
{
    /// <summary>Runs by convolutions in one call, a second of work at most.</summary>
    public const int ConvolutionRuns = 256;

    private const int Attempts = 3;

    /// <summary>A shard, for a question of which it may answer that it is behind.</summary>
    public IShardGrain Grain(int shard) => grains.GetGrain<IShardGrain>(GrainKeys.Shard(model, shard));

    /// <summary>Whether an answer was lost, as with the shard's silo: the shard is rebuilt elsewhere.</summary>
    public static bool IsLost(Exception e) => e is TimeoutException or OrleansMessageRejectionException;

    /// <summary>Asks a shard.</summary>
    /// <param name="directory">The directory that the question goes by.</param>
    /// <param name="shard">Shard index.</param>
    /// <param name="ask">The question; where its answer is lost it is asked once more.</param>
    /// <param name="isBehind">Whether an answer says that the shard must be given its assignment first.</param>
    /// <exception cref="SupSupException">Unavailable: the shard restarted again and again. Whatever the question throws.</exception>
    public async Task<T> AskAsync<T>(TaskDirectory directory, int shard, Func<IShardGrain, Task<T>> ask, Func<T, bool> isBehind)
    {
        IShardGrain grain = Grain(shard);
        for (int attempt = 1; ; attempt++)
        {
            T answer;
            try
            {
                answer = await ask(grain);
            }
            catch (Exception e) when (IsLost(e))
            {
                answer = await ask(grain);
            }

            if (!isBehind(answer)) return answer;
            if (attempt == Attempts)
                throw new SupSupException(
                    SupSupError.Unavailable, $"shard {shard} of model '{model}' lost its masks {Attempts} times in one query; ask again");

            // What it gathers serves every later query, so no single caller's cancellation ends it.
            await grain.AssignAsync(directory.Assignment(spec, shard), CancellationToken.None);
        }
    }

    /// <summary>Runs masks of one shard.</summary>
    /// <param name="directory">The directory that the question goes by.</param>
    /// <param name="shard">Shard index.</param>
    /// <param name="revision">The assignment that it must have.</param>
    /// <param name="finalists">Which masks, on which images.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">As <see cref="AskAsync"/>; Damaged or NotFound where a mask is lost.</exception>
    public async Task<TaskPredictions> RunAsync(
        TaskDirectory directory, int shard, long revision, FinalistBatch finalists, CancellationToken cancellationToken) =>
            (await AskAsync(directory, shard, grain => grain.RunAsync(revision, finalists, cancellationToken), answer => answer is null))!;
}
