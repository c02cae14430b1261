using SupSup.Core.Engines;

namespace SupSup.Experiments.Methods;

/// <summary>Some of the runtime's threads as a team, for tasks that must be learned one after another.</summary>
/// <param name="threads">How many at most, at least 1.</param>
public sealed class ThreadTeam(int threads) : ITeam
{
    private readonly ParallelOptions _options = new() { MaxDegreeOfParallelism = threads };

    /// <inheritdoc/>
    public void Run(int parts, Action<int> body)
    {
        if (parts == 1) body(0);
        else Parallel.For(0, parts, _options, body);
    }
}
