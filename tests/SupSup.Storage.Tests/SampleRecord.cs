namespace SupSup.Storage.Tests;

/// <summary>The grain state of one grain as the runtime holds it in memory, never without a value.</summary>
public sealed class SampleRecord(SampleState state, string? etag = null) : IGrainState<SampleState>
{
    public SampleState State { get; set; } = state;

    public string? ETag { get; set; } = etag;

    public bool RecordExists { get; set; }

    SampleState? IGrainState<SampleState>.State
    {
        get => State;
        set => State = value!;
    }
}
