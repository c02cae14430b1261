using Microsoft.Extensions.Logging;
using SupSup.Core.Streams;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Storage;

namespace SupSup.Grains.Streams;

/// <summary>Makes two masks of a stream that serve the same task into one. Used in the stream's turn.</summary>
/// <param name="name">The stream, `model/stream`.</param>
/// <param name="stream">The stream.</param>
/// <param name="samples">The stream's samples.</param>
/// <param name="algorithm">Finds the other mask.</param>
/// <param name="coordinator">Removes tasks.</param>
/// <param name="logger">Hears of merges that fail.</param>
internal sealed partial class StreamMerging(
    string name,
    GrainRecord<StreamState> stream,
    StreamSamples samples,
    StreamAlgorithm<StreamTask, LabelledBatch> algorithm,
    ICoordinatorGrain coordinator,
    ILogger logger)
{
    /// <summary>Looks for a mask that serves the same task as a learned one, and removes one of the two.</summary>
    /// <param name="task">The task of the learned mask.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What was merged, or null.</returns>
    /// <exception cref="SupSupException">Damaged or Unavailable.</exception>
    public async Task<StreamMerge?> MergeAsync(int task, CancellationToken cancellationToken)
    {
        if (stream.Value.Find(task) is not { } mask || !stream.Value.MayGo(mask)) return null;
        if (await coordinator.IsRemovedAsync(task, cancellationToken))
        {
            await stream.WriteAsync(stream.Value.Without(task)); // by another caller
            return null;
        }

        if (await algorithm.FindTwinAsync(mask, cancellationToken) is not { } twins) return null;
        StreamMerge merge = new(twins.Goes.Task, twins.Stays.Task);
        await RemoveAsync();
        await stream.WriteAsync(stream.Value.With(merge));
        await RemoveAsync();
        return merge;
    }

    /// <summary>As <see cref="MergeAsync"/>. That two masks serve one task costs memory, but no answer: the
    /// stream does not wait for a merge that fails.</summary>
    public async Task MergeIfPossibleAsync(int task, CancellationToken cancellationToken)
    {
        try
        {
            await MergeAsync(task, cancellationToken);
        }
        catch (SupSupException e)
        {
            LogFailed(e, name, task);
        }
    }

    /// <summary>Removes the task that was merged, if that is still to be done. It is stored before, so that a
    /// crash leaves nothing that no one knows of.</summary>
    public async Task RemoveAsync()
    {
        if (stream.Value.Removing is not { } task) return;
        try
        {
            await coordinator.RemoveTaskAsync(task, CancellationToken.None);
        }
        catch (SupSupException e) when (e.Error == SupSupError.NotFound)
        {
            // it was never learned
        }

        await samples.DeleteAsync(task);
        await stream.WriteAsync(stream.Value with { Removing = null });
    }

    [LoggerMessage(LogLevel.Warning, "Stream {Stream} could not compare the mask of task {Task} with others; it can be merged later")]
    private partial void LogFailed(Exception exception, string stream, int task);
}
