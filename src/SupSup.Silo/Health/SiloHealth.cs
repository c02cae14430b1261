namespace SupSup.Silo.Health;

/// <summary>How far a silo has come, from its start to its end.</summary>
/// <param name="members">Knows whether the silo is active.</param>
/// <param name="proof">Knows whether it is part of the cluster that owns the store.</param>
internal sealed class SiloHealth(ISiloStatusOracle members, ClusterProof proof) : ILifecycleParticipant<ISiloLifecycle>
{
    private volatile bool _hasStorage;
    private volatile bool _hasStarted;
    private volatile bool _isDraining;

    /// <summary>Why it has not started yet; empty once it has, to its end.</summary>
    public IReadOnlyList<string> NotStarted => _hasStarted ? [] : Missing();

    /// <summary>Why it cannot answer; empty while it can, also while it drains.</summary>
    public IReadOnlyList<string> NotServing => _hasStorage && members.CurrentStatus == SiloStatus.Active ? [] : Missing();

    /// <summary>Why nothing should be sent to it; empty while it serves.</summary>
    public IReadOnlyList<string> NotReady => _isDraining ? ["the silo is being stopped", .. Missing()] : Missing();

    /// <summary>Why the process should be replaced; empty while it lives. Neither the store nor Redis can be
    /// a reason: another process would fare no better.</summary>
    public IReadOnlyList<string> NotLive =>
        members.CurrentStatus == SiloStatus.Dead && !_isDraining ? ["the cluster has declared the silo dead"] : [];

    /// <summary>Whether it has been told to stop.</summary>
    public bool IsDraining => _isDraining;

    /// <summary>From now on the silo is not ready.</summary>
    public void Drain() => _isDraining = true;

    /// <inheritdoc/>
    public void Participate(ISiloLifecycle observer)
    {
        observer.Subscribe(nameof(SiloHealth), ServiceLifecycleStage.ApplicationServices + 1, _ => Task.FromResult(_hasStorage = true),
            _ => Task.FromResult(_hasStorage = false));
        observer.Subscribe(nameof(SiloHealth), ServiceLifecycleStage.Active + 1, _ => Task.FromResult(_hasStarted = true));
    }

    private List<string> Missing()
    {
        List<string> missing = [];
        if (!_hasStorage) missing.Add("the grain store is not open");
        if (members.CurrentStatus != SiloStatus.Active) missing.Add($"the silo is not active in the cluster but {members.CurrentStatus}");
        if (proof.Doubt is { } doubt) missing.Add(doubt);
        return missing;
    }
}
