namespace SupSup.Grains.Reservoirs;

/// <summary>A stored part of a reservoir's weights.</summary>
[GenerateSerializer, Alias("supsup.state.reservoir-part")]
public sealed class ReservoirPartState
{
    /// <summary>The bytes; empty where there is no such part.</summary>
    [Id(0)]
    public byte[] Content { get; set; } = [];
}
