using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Silo.Settings;

namespace SupSup.Silo.OpenInference;

/// <summary>What clients of KServe and Triton ask about the models that there are: a list (KServe), the index of the repository and a
/// model's configuration (Triton's extensions model_repository and model_configuration).</summary>
internal static class RepositoryEndpoints
{
    /// <summary>Adds the endpoints.</summary>
    /// <param name="group">Those under /v2.</param>
    public static void MapRepository(this RouteGroupBuilder group)
    {
        group.MapGet("models", ListAsync).WithSummary("The names of the models, as KServe lists them");
        group.MapPost("repository/index", IndexAsync).WithSummary("The models, as Triton indexes its repository");
        foreach (string path in new[] { "models/{model}/config", "models/{model}/versions/{version}/config" })
            group.MapGet(path, ConfigAsync).WithSummary("A model's configuration, as Triton tells it");
    }

    private static async Task<ModelNames> ListAsync(IGrainFactory grains, CancellationToken cancellationToken) =>
        new([.. (await grains.Catalog().ListAsync(cancellationToken)).Select(entry => entry.Model)]);

    // Whatever the body asks for: a model here is always ready.
    private static async Task<IReadOnlyList<ModelIndex>> IndexAsync(IGrainFactory grains, CancellationToken cancellationToken) =>
    [
        .. (await grains.Catalog().ListAsync(cancellationToken))
            .Select(entry => new ModelIndex(entry.Model, ModelTensors.Version, State: "READY", Reason: "")),
    ];

    private static async Task<ModelConfig> ConfigAsync(
        string model, string? version, InferService service, HttpSettings settings, CancellationToken cancellationToken)
    {
        InferService.CheckVersion(model, version);
        ModelSpec spec = await service.SpecAsync(model, cancellationToken);
        return new ModelConfig(
            model,
            ModelTensors.Platform,
            InferenceEndpoints.ServerName,
            settings.MaxRows,
            [new ConfigTensor(ModelTensors.Input, "TYPE_FP32", [spec.Inputs])],
            [.. ModelTensors.Outputs.Select(output => new ConfigTensor(
                output.Name,
                output.Datatype == "BYTES" ? "TYPE_STRING" : $"TYPE_{output.Datatype}",
                output.Shape.Length == 1 ? [1] : [-1]))]);
    }

    private sealed record ModelNames(IReadOnlyList<string> Models);

    private sealed record ModelIndex(string Name, string Version, string State, string Reason);

    // The batch is of rows; the dimensions are of one row.
    private sealed record ModelConfig(
        string Name,
        string Platform,
        string Backend,
        [property: JsonPropertyName("max_batch_size")] int MaxBatchSize,
        IReadOnlyList<ConfigTensor> Input,
        IReadOnlyList<ConfigTensor> Output);

    private sealed record ConfigTensor(
        string Name, [property: JsonPropertyName("data_type")] string DataType, IReadOnlyList<long> Dims);
}
