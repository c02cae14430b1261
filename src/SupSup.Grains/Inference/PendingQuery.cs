using System.Diagnostics;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Inference;

/// <summary>A request waiting for a pass.</summary>
/// <param name="Inputs">Its inputs.</param>
/// <param name="Options">How to infer.</param>
/// <param name="CancellationToken">Ends the wait.</param>
internal sealed record PendingQuery(InputBatch Inputs, InferenceOptions Options, CancellationToken CancellationToken)
{
    public TaskCompletionSource<Prediction[]> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The trace that it belongs to, if any.</summary>
    public ActivityContext Trace { get; } = Activity.Current?.Context ?? default;
}
