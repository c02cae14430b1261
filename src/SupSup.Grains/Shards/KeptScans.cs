namespace SupSup.Grains.Shards;

/// <summary>
/// The latest scans of a shard, for passes that may ask to refine them. Bounded: which pass will ask is not known, most do
/// not, and one whose scan is gone scans again. Used in grain turns only; a scan that is being refined is taken out.
/// </summary>
internal sealed class KeptScans : IDisposable
{
    // One megabyte, 3 % of a full bank; it is that much only where passes of many images come.
    private const int MostScores = 262_144;

    // As many passes as eight silos have under way at once. In larger clusters some passes scan again, in full.
    private const int MostScans = 16;

    private readonly LinkedList<(Guid Pass, KeptScan Scan)> _scans = new();
    private int _scores;

    /// <summary>Keeps a scan, and forgets old ones that are too many beside it.</summary>
    public void Put(Guid pass, KeptScan scan)
    {
        Take(pass)?.Scan.Dispose(); // of a caller that asked twice
        _scans.AddLast((pass, scan));
        _scores += scan.Scan.Scores;
        while (_scans.First is { } oldest && _scans.Count > 1 && (_scores > MostScores || _scans.Count > MostScans))
        {
            oldest.Value.Scan.Scan.Dispose();
            Remove(oldest);
        }
    }

    /// <summary>Takes a scan out; null where it is not kept any more.</summary>
    public KeptScan? Take(Guid pass)
    {
        for (LinkedListNode<(Guid Pass, KeptScan Scan)>? node = _scans.Last; node is not null; node = node.Previous)
        {
            if (node.Value.Pass != pass) continue;
            Remove(node);
            return node.Value.Scan;
        }

        return null;
    }

    /// <summary>Gives the memory of all back.</summary>
    public void Dispose()
    {
        foreach ((_, KeptScan scan) in _scans) scan.Scan.Dispose();
        _scans.Clear();
        _scores = 0;
    }

    private void Remove(LinkedListNode<(Guid Pass, KeptScan Scan)> node)
    {
        _scans.Remove(node);
        _scores -= node.Value.Scan.Scan.Scores;
    }
}
