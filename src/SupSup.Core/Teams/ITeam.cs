namespace SupSup.Core.Teams;

/// <summary>
/// Threads that a training may borrow for the parts of a step. What a step computes does not depend on the team: a
/// part writes what no other part of its phase reads.
/// </summary>
public interface ITeam
{
    /// <summary>How many threads run parts at once just now, the caller's included.</summary>
    int Threads { get; }

    /// <summary>Runs every part once, in any order and on any thread, and returns when all have ended.</summary>
    /// <param name="parts">Number of parts.</param>
    /// <param name="body">Called with each part's index; must not throw.</param>
    void Run(int parts, Action<int> body);
}
