namespace SupSup.Silo.OpenInference;

/// <summary>An inference request, whichever way it came.</summary>
internal sealed record InferRequest
{
    /// <summary>The caller's name for it, which the answer repeats.</summary>
    public string? Id { get; init; }

    public required IReadOnlyList<InferTensor> Inputs { get; init; }

    /// <summary>Its parameters: text, long, double or bool, by name.</summary>
    public IReadOnlyDictionary<string, object> Parameters { get; init; } = new Dictionary<string, object>();

    /// <summary>The outputs asked for; empty for all.</summary>
    public IReadOnlyList<RequestedOutput> Outputs { get; init; } = [];

    /// <summary>Whether outputs are to be sent as bytes where they do not say.</summary>
    public bool BinaryOutputs { get; init; }
}
