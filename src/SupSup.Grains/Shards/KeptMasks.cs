namespace SupSup.Grains.Shards;

/// <summary>The masks of a shard that had to end, until another takes them or their time is over.</summary>
/// <param name="content">The masks.</param>
internal sealed class KeptMasks(ShardContent content)
{
    private ITimer? _end;

    /// <summary>Sets what ends their time.</summary>
    public void Forget(ITimer end) => _end = end;

    /// <summary>The masks, which from now on are the caller's.</summary>
    public ShardContent Taken()
    {
        _end?.Dispose();
        return content;
    }
}
