using Orleans.Storage;
using SupSup.Grains.Storage;

namespace SupSup.Silo.Tests.Membership;

/// <summary>A store of one lease, with an ETag that is new with each write.</summary>
internal sealed class OneRecord : IGrainStorage
{
    private LeaseState? _state;
    private int _writes;

    private string? ETag => _state is null ? null : $"{_writes}";

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        (grainState.ETag, grainState.RecordExists) = (ETag, _state is not null);
        if (_state is not null) grainState.State = (T)(object)_state;
        return Task.CompletedTask;
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        if (grainState.ETag != ETag) throw new InconsistentStateException("the ETag is another");
        _state = (LeaseState)(object)grainState.State!;
        _writes++;
        (grainState.ETag, grainState.RecordExists) = (ETag, true);
        return Task.CompletedTask;
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => throw new NotSupportedException();
}
