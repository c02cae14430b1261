namespace SupSup.Grains.Sent;

/// <summary>The stored content of a part of data.</summary>
[GenerateSerializer, Alias("supsup.state.sent-part")]
public sealed class SentPartState
{
    /// <summary>The bytes; empty where there is no such part.</summary>
    [Id(0)]
    public byte[] Content { get; set; } = [];
}
