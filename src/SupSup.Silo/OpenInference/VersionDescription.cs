namespace SupSup.Silo.OpenInference;

/// <summary>What a version of a model takes and gives: what its metadata and its configuration are made of, over REST and gRPC.</summary>
/// <param name="Version">The version.</param>
/// <param name="Versions">All that the model has.</param>
/// <param name="Input">The one input.</param>
/// <param name="IsImage">Whether the input's sides are channels, rows and columns.</param>
/// <param name="Outputs">The outputs.</param>
/// <param name="MaxRows">How many rows a request has at most.</param>
/// <param name="Properties">How pixels are normalised, where all tasks agree.</param>
internal sealed record VersionDescription(
    string Version,
    IReadOnlyList<string> Versions,
    TensorDescription Input,
    bool IsImage,
    IReadOnlyList<TensorDescription> Outputs,
    int MaxRows,
    IReadOnlyDictionary<string, string> Properties)
{
    /// <summary>What Triton calls the order of the input's sides.</summary>
    public string Format => IsImage ? "FORMAT_NCHW" : "FORMAT_NONE";
}
