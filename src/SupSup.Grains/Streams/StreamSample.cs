using System.Runtime.InteropServices;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Streams;

/// <summary>A few labelled rows of what a mask of a stream was trained on, by which masks of one task are told.</summary>
[GenerateSerializer, Immutable, Alias("supsup.state.stream-sample")]
public sealed record StreamSample
{
    /// <summary>The inputs, row-major, as little-endian halves: 8 bits of a pixel need no more.</summary>
    [Id(0)]
    public byte[] Inputs { get; init; } = [];

    /// <summary>Class of each row; empty where there is no sample.</summary>
    [Id(1)]
    public int[] Labels { get; init; } = [];

    /// <summary>Packs rows.</summary>
    /// <param name="rows">The rows.</param>
    public static StreamSample Of(LabelledBatch rows) => new()
    {
        Inputs = MemoryMarshal.AsBytes<Half>(Array.ConvertAll(rows.Inputs.Values, value => (Half)value)).ToArray(),
        Labels = rows.Labels,
    };

    /// <summary>Unpacks them; null where there are none.</summary>
    public LabelledBatch? Unpack() => Labels.Length == 0 ? null : new LabelledBatch
    {
        Inputs = new InputBatch
        {
            Rows = Labels.Length,
            Values = Array.ConvertAll(MemoryMarshal.Cast<byte, Half>(Inputs).ToArray(), value => (float)value),
        },
        Labels = Labels,
    };
}
