using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using SupSup.Core.Random;

namespace SupSup.Core.Networks;

/// <summary>
/// The weights of one layer in groups of like fate: by how near a weight's shared initial score is to 0 (below 1/8, 1/4, 1/2 of the largest
/// or above), and by whether it is positive and kept or negative and dropped, or one of the others. A score near 0 crosses it easily; which
/// way, the weight's sign has a say in. Takes a byte a weight, and where they are gathered 4 more.
/// </summary>
internal sealed class ScoreGroups
{
    /// <summary>Number of groups.</summary>
    public const int Count = 8;

    private const int Stride = 32;

    private readonly int _columns;
    private readonly byte[] _groups;
    private readonly Lazy<(int[] Starts, int[] Weights)> _sorted;

    /// <summary>Draws the initial scores of a layer.</summary>
    /// <param name="network">The network.</param>
    /// <param name="layer">The layer's index.</param>
    public ScoreGroups(FixedNetwork network, int layer)
    {
        LayerShape shape = network.Shape.Layers[layer];
        RandomStream scores = new(network.Seed, StreamPurpose.InitialScores, layer);
        ReadOnlySpan<byte> negative = network.SignBits(layer);
        _columns = shape.FanIn;
        _groups = new byte[shape.Count];
        Initial = new byte[shape.PackedBytes];
        int[] members = new int[Count];
        for (int n = 0; n < _groups.Length; n++)
        {
            uint word = scores.NextUInt32();
            uint kept = word >> 31, eighth = (kept == 0 ? ~word : word) >> 28 & 7;
            int nearness = 32 - BitOperations.LeadingZeroCount(eighth);
            _groups[n] = (byte)((nearness << 1) | ((int)kept ^ (negative[n >> 3] >> (n & 7) & 1)));
            Initial[n >> 3] |= (byte)(kept << (n & 7));
            members[_groups[n]]++;
        }

        Room = members.Max() + Stride;
        _sorted = new(Sort);
    }

    /// <summary>The group of each weight.</summary>
    public ReadOnlySpan<byte> Groups => _groups;

    /// <summary>The mask before training, packed: 1 where the initial score is 0 or above.</summary>
    public byte[] Initial { get; }

    /// <summary>Ints of room that <see cref="Gather"/> needs: for the largest group.</summary>
    public int Room { get; }

    /// <summary>A group's weights in some columns: column by column, ascending.</summary>
    /// <param name="group">The group.</param>
    /// <param name="columns">The columns, ascending.</param>
    /// <param name="room"><see cref="Room"/> ints.</param>
    /// <returns>The weights, in the room or, of all columns, where they are.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public ReadOnlySpan<int> Gather(int group, ReadOnlySpan<int> columns, Span<int> room)
    {
        int length = 0;
        if (columns.Length == _columns)
            return _sorted.Value.Weights.AsSpan(_sorted.Value.Starts[group * _columns].._sorted.Value.Starts[(group + 1) * _columns]);
        ReadOnlySpan<int> starts = _sorted.Value.Starts.AsSpan(group * _columns, _columns + 1);
        ref int weights = ref MemoryMarshal.GetArrayDataReference(_sorted.Value.Weights), target = ref room[..Room][0];
        foreach (int column in columns)
        {
            // A few weights each, so that a move of 32, of which what is too much is overwritten, is faster than a copy.
            int start = starts[column], count = starts[column + 1] - start;
            for (int n = 0; n < count; n += Stride)
            {
                Vector512.LoadUnsafe(ref weights, (nuint)(start + n)).StoreUnsafe(ref target, (nuint)(length + n));
                Vector512.LoadUnsafe(ref weights, (nuint)(start + n + 16)).StoreUnsafe(ref target, (nuint)(length + n + 16));
            }

            length += count;
        }

        return room[..length];
    }

    // By group, in a group by column; and where each column of each group starts.
    private (int[] Starts, int[] Weights) Sort()
    {
        int[] starts = new int[Count * _columns + 1], weights = new int[_groups.Length + Stride];
        for (int n = 0; n < _groups.Length; n++) starts[_groups[n] * _columns + n % _columns + 1]++;
        for (int at = 1; at < starts.Length; at++) starts[at] += starts[at - 1];
        int[] next = [.. starts];
        for (int n = 0; n < _groups.Length; n++) weights[next[_groups[n] * _columns + n % _columns]++] = n;
        return (starts, weights);
    }
}
