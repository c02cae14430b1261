using System.Collections.Immutable;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Coordinator;

/// <summary>
/// Which positions of a directory changed at which revision, since the log was begun: what those who keep a copy are
/// told. 16 bytes a change. Used in grain turns only.
/// </summary>
/// <param name="start">The revision at which it begins.</param>
internal sealed class ChangeLog(long start)
{
    private readonly List<long> _revisions = [];
    private readonly List<int> _positions = [];

    /// <summary>Notes changes that led to a revision.</summary>
    public void Add(long revision, IEnumerable<int> positions)
    {
        foreach (int position in positions)
        {
            _revisions.Add(revision);
            _positions.Add(position);
        }
    }

    /// <summary>What changed since a revision; null for nothing.</summary>
    /// <param name="revision">The revision that the asker has; negative for none.</param>
    /// <param name="directory">The directory as it is.</param>
    /// <param name="spec">The model's definition.</param>
    public DirectoryChanges? Since(long revision, TaskDirectory directory, ModelSpec spec)
    {
        if (revision == directory.Revision) return null;

        // A copy ahead of the directory belongs to another store: it starts again.
        if (revision < start || revision > directory.Revision)
            return new DirectoryChanges { Revision = directory.Revision, Whole = true, Changes = directory.Entries(), Spec = spec };
        int at = _revisions.BinarySearch(revision + 1);
        if (at < 0) at = ~at;
        while (at > 0 && _revisions[at - 1] > revision) at--; // one of several entries of that revision was found
        ImmutableArray<DirectoryChange> changes =
            [.. _positions.Skip(at).Distinct().Order().Select(position => new DirectoryChange(position, directory[position]))];
        return new DirectoryChanges { Revision = directory.Revision, Whole = false, Changes = changes };
    }
}
