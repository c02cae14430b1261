namespace SupSup.Storage.Tests;

/// <summary>Grain state with one field of each kind that matters to storage.</summary>
[GenerateSerializer]
[Alias("SupSup.Storage.Tests.SampleState")]
public sealed class SampleState
{
    [Id(0)]
    public string Text { get; set; } = "";

    [Id(1)]
    public long Number { get; set; }

    [Id(2)]
    public byte[] Mask { get; set; } = [];
}
