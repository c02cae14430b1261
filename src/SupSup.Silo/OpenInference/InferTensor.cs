namespace SupSup.Silo.OpenInference;

/// <summary>An input tensor of a request, its values turned into single precision.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Datatype">The datatype that it was sent in.</param>
/// <param name="Shape">Its shape as sent.</param>
/// <param name="Values">Its values, row-major.</param>
internal sealed record InferTensor(string Name, string Datatype, long[] Shape, float[] Values);
