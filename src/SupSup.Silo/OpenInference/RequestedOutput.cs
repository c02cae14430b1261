namespace SupSup.Silo.OpenInference;

/// <summary>An output that a request asks for.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsBinary">Whether it is to be sent as bytes.</param>
/// <param name="TopClasses">How many of the greatest values are to be told as texts, as Triton's extension "classification" does; 0 for
/// the values themselves.</param>
internal readonly record struct RequestedOutput(string Name, bool IsBinary = false, int TopClasses = 0)
{
    private const string Classification = "classification";

    /// <summary>The output with the parameters that were sent with it.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="parameters">Text, long, double or bool, by name.</param>
    /// <exception cref="Grains.Interfaces.Models.SupSupException">InvalidRequest: a parameter is invalid.</exception>
    public static RequestedOutput Of(string name, IReadOnlyDictionary<string, object> parameters)
    {
        InferParameters.RefuseSharedMemory(name, parameters.Keys);
        return new(
            name,
            parameters.TryGetValue("binary_data", out object? wish) && wish is true,
            parameters.ContainsKey(Classification) ? new InferParameters(parameters).Whole(Classification, 0, int.MaxValue) : 0);
    }
}
