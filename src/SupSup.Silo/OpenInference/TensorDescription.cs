namespace SupSup.Silo.OpenInference;

/// <summary>A tensor that a model takes or gives.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Datatype">Its datatype.</param>
/// <param name="Shape">Its shape: the first side is the number of rows, and one that varies is -1.</param>
internal sealed record TensorDescription(string Name, string Datatype, long[] Shape)
{
    /// <summary>The shape of one row, which is what Triton's configuration tells.</summary>
    public long[] Dims => Shape[1..];

    /// <summary>What Triton's configuration calls the datatype.</summary>
    public string ConfigType => Datatype == "BYTES" ? "TYPE_STRING" : $"TYPE_{Datatype}";
}
