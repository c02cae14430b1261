namespace SupSup.LoadTest;

/// <summary>What the audit found. Thread-safe.</summary>
internal sealed class Audit
{
    private int _lost;
    private int _changed;
    private int _changedPredictions;
    private int _verified;

    /// <summary>Acknowledged tasks that are not there, or have another mask.</summary>
    public int Lost => _lost;

    /// <summary>Masks whose bits are others.</summary>
    public int Changed => _changed;

    /// <summary>Probe images that are classified otherwise than before.</summary>
    public int ChangedPredictions => _changedPredictions;

    /// <summary>Masks trained again and compared.</summary>
    public int Verified => _verified;

    /// <summary>Digest of all checksums.</summary>
    public string Digest { get; set; } = "";

    public void Lose() => Interlocked.Increment(ref _lost);

    public void Change() => Interlocked.Increment(ref _changed);

    public void ChangePrediction() => Interlocked.Increment(ref _changedPredictions);

    /// <summary>Counts a mask that was trained again.</summary>
    /// <param name="same">Whether it came out the same.</param>
    public void Verify(bool same)
    {
        Interlocked.Increment(ref _verified);
        if (!same) Change();
    }
}
