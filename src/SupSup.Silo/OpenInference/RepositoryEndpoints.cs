using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Silo.Http;
using SupSup.Silo.Security;

namespace SupSup.Silo.OpenInference;

/// <summary>What clients of KServe and Triton ask about the models that there are: a list (KServe), the index of the repository, a
/// model's configuration and statistics (Triton's extensions model_repository, model_configuration and statistics).</summary>
internal static class RepositoryEndpoints
{
    /// <summary>Adds the endpoints.</summary>
    /// <param name="group">Those under /v2.</param>
    public static void MapRepository(this RouteGroupBuilder group)
    {
        group.MapGet("models", ListAsync).ForLimited().WithSummary("The names of the models, as KServe lists them");
        group.MapPost("repository/index", IndexAsync).ForLimited().WithSummary("The models, as Triton indexes its repository");
        foreach (string path in new[] { "models/stats", "models/{model}/stats", "models/{model}/versions/{version}/stats" })
            group.MapGet(path, StatisticsAsync).ForLimited(tasks: false) // they are of all tasks
                .WithSummary("How many requests this silo has answered, as Triton tells it");
        foreach (string path in new[] { "models/{model}/config", "models/{model}/versions/{version}/config" })
            group.MapGet(path, ConfigAsync).ForLimited().WithSummary("A model's configuration, as Triton tells it");
    }

    /// <summary>The models that are a caller's.</summary>
    public static async Task<IEnumerable<CatalogEntry>> ModelsAsync(
        IGrainFactory grains, CallerLimits limits, CancellationToken cancellationToken) =>
        (await grains.Catalog().ListAsync(cancellationToken)).Where(entry => limits.AllowModel(entry.Model));

    /// <summary>The statistics of a model, or of all.</summary>
    /// <param name="grains">The silo.</param>
    /// <param name="limits">The caller's limits.</param>
    /// <param name="service">Knows the models' versions.</param>
    /// <param name="statistics">What was counted.</param>
    /// <param name="model">The model's name; null for all.</param>
    /// <param name="version">Its version; null for the one there is.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">NotFound: there is no such model or version.</exception>
    public static async Task<IReadOnlyList<(string Model, InferStatistics.Counted Counted)>> CountedAsync(
        IGrainFactory grains, CallerLimits limits, InferService service, InferStatistics statistics, string? model, string? version,
        CancellationToken cancellationToken)
    {
        if (model is null)
            return
            [
                .. (await ModelsAsync(grains, limits, cancellationToken)).Select(entry => (entry.Model, statistics.Of(entry.Model))),
            ];
        await service.DescribeAsync(limits, model, version, cancellationToken);
        return [(model, statistics.Of(model))];
    }

    private static async Task<StatisticsAnswer> StatisticsAsync(
        string? model, string? version, IGrainFactory grains, InferService service, InferStatistics statistics, CallerLimits limits,
        CancellationToken cancellationToken) =>
        new([.. (await CountedAsync(grains, limits, service, statistics, model, version, cancellationToken))
            .Select(one => ModelStats.Of(one.Model, one.Counted))]);

    private static async Task<ModelNames> ListAsync(IGrainFactory grains, CallerLimits limits, CancellationToken cancellationToken) =>
        new([.. (await ModelsAsync(grains, limits, cancellationToken)).Select(entry => entry.Model)]);

    // Whatever the body asks for: a model here is always ready.
    private static async Task<IReadOnlyList<ModelIndex>> IndexAsync(
        IGrainFactory grains, CallerLimits limits, CancellationToken cancellationToken) =>
    [
        .. (await ModelsAsync(grains, limits, cancellationToken))
            .Select(entry => new ModelIndex(entry.Model, ModelTensors.Version, State: "READY", Reason: "")),
    ];

    private static async Task<ModelConfig> ConfigAsync(
        string model, string? version, InferService service, CallerLimits limits, CancellationToken cancellationToken)
    {
        VersionDescription described = await service.DescribeAsync(limits, model, version, cancellationToken);
        return new ModelConfig(
            model,
            ModelTensors.Platform,
            InferenceEndpoints.ServerName,
            described.MaxRows,
            [new ConfigInput(described.Input.Name, described.Input.ConfigType, described.Format, described.Input.Dims)],
            [.. described.Outputs.Select(output => new ConfigOutput(output.Name, output.ConfigType, output.Dims))]);
    }

    internal sealed record StatisticsAnswer([property: JsonPropertyName("model_stats")] IReadOnlyList<ModelStats> ModelStats);

    internal sealed record Duration(ulong Count, ulong Ns);

    // What is not measured apart is 0.
    internal sealed record Durations(
        Duration Success,
        Duration Fail,
        Duration Queue,
        [property: JsonPropertyName("compute_input")] Duration ComputeInput,
        [property: JsonPropertyName("compute_infer")] Duration ComputeInfer,
        [property: JsonPropertyName("compute_output")] Duration ComputeOutput);

    internal sealed record ModelStats(
        string Name,
        string Version,
        [property: JsonPropertyName("last_inference")] ulong LastInference,
        [property: JsonPropertyName("inference_count")] ulong InferenceCount,
        [property: JsonPropertyName("execution_count")] ulong ExecutionCount,
        [property: JsonPropertyName("inference_stats")] Durations InferenceStats)
    {
        public static ModelStats Of(string model, InferStatistics.Counted counted)
        {
            Duration none = new(0, 0), success = new(counted.Successes, counted.SuccessNanoseconds);
            return new(model, ModelTensors.Version, counted.LastInference, counted.Rows, counted.Successes,
                new Durations(success, new Duration(counted.Failures, counted.FailureNanoseconds), none, none, success, none));
        }
    }

    internal sealed record ModelNames(IReadOnlyList<string> Models);

    internal sealed record ModelIndex(string Name, string Version, string State, string Reason);

    // The batch is of rows; the dimensions are of one row.
    internal sealed record ModelConfig(
        string Name,
        string Platform,
        string Backend,
        [property: JsonPropertyName("max_batch_size")] int MaxBatchSize,
        IReadOnlyList<ConfigInput> Input,
        IReadOnlyList<ConfigOutput> Output);

    internal sealed record ConfigInput(
        string Name, [property: JsonPropertyName("data_type")] string DataType, string Format, IReadOnlyList<long> Dims);

    internal sealed record ConfigOutput(
        string Name, [property: JsonPropertyName("data_type")] string DataType, IReadOnlyList<long> Dims);
}
