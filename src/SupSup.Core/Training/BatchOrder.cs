using SupSup.Core.Random;

namespace SupSup.Core.Training;

/// <summary>The order in which a task sees its examples: a fresh shuffle per epoch, batches running on across epochs.</summary>
public sealed class BatchOrder
{
    private readonly ulong _taskSeed;
    private readonly int[]? _chosen;
    private int[] _shuffled = [];
    private int _epoch;
    private int _next;

    /// <summary>Starts at the first epoch.</summary>
    /// <param name="examples">Number of training examples, at least 1.</param>
    /// <param name="taskSeed">The task's seed.</param>
    public BatchOrder(int examples, ulong taskSeed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(examples, 1);
        Examples = examples;
        _taskSeed = taskSeed;
    }

    /// <summary>Starts at the first epoch of examples that were chosen.</summary>
    /// <param name="examples">Number of training examples, at least 1.</param>
    /// <param name="taskSeed">The task's seed.</param>
    /// <param name="chosen">Which of them are drawn, some more than once; null for each once.</param>
    public BatchOrder(int examples, ulong taskSeed, int[]? chosen)
        : this(chosen?.Length ?? examples, taskSeed) => _chosen = chosen;

    /// <summary>Number of examples in an epoch.</summary>
    public int Examples { get; }

    /// <summary>Draws the next batch.</summary>
    /// <param name="indices">Receives example indices.</param>
    public void Next(Span<int> indices)
    {
        for (int i = 0; i < indices.Length; i++)
        {
            if (_next == _shuffled.Length)
            {
                _shuffled = new RandomStream(_taskSeed, StreamPurpose.BatchOrder, _epoch++).NextPermutation(Examples);
                _next = 0;
            }

            indices[i] = _chosen is null ? _shuffled[_next] : _chosen[_shuffled[_next]];
            _next++;
        }
    }
}
