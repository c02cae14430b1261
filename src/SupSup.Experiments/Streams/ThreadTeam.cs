using SupSup.Core.Teams;

namespace SupSup.Experiments.Streams;

/// <summary>Some of the runtime's threads as a team.</summary>
/// <param name="threads">How many at most, at least 1.</param>
internal sealed class ThreadTeam(int threads) : ITeam
{
    private readonly ParallelOptions _options = new() { MaxDegreeOfParallelism = threads };

    /// <inheritdoc/>
    public int Threads => threads;

    /// <inheritdoc/>
    public void Run(int parts, Action<int> body)
    {
        if (parts == 1) body(0);
        else Parallel.For(0, parts, _options, body);
    }
}
