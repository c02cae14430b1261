using System.Buffers;
using System.Globalization;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SupSup.Grains.Interfaces.Models;
using SupSup.Silo.Health;
using SupSup.Silo.Http;
using SupSup.Silo.Security;
using SupSup.Silo.Settings;

namespace SupSup.Silo.OpenInference;

/// <summary>The REST form of the Open Inference Protocol, version 2, under /v2.</summary>
internal static class InferenceEndpoints
{
    private const string LengthHeader = "Inference-Header-Content-Length";

    /// <summary>Bytes that a body takes for each of its own, before it is known what is in it: a number has some four characters or more.
    /// </summary>
    public const int BodyWeight = 1 + (InferRequestReader.ValueBytes / 6);

    // Of tables as of JSON with two characters a number; one file is unfolded at a time.
    private const int FileWeight = 8;

    // Bytes that a body of unknown length grows by at least.
    private const int PieceBytes = 64 << 10;

    /// <summary>Names of what is answered beyond the protocol.</summary>
    public static IReadOnlyList<string> Extensions { get; } = ["binary_tensor_data", "classification", "model_configuration"];

    /// <summary>What the protocol calls the server.</summary>
    public const string ServerName = "supsup";

    public static string ServerVersion { get; } = typeof(InferenceEndpoints).Assembly.GetName().Version!.ToString(3);

    /// <summary>Adds the endpoints.</summary>
    public static void MapInference(this IEndpointRouteBuilder endpoints)
    {
        RouteGroupBuilder group = endpoints.MapGroup("/v2").WithTags("Open Inference Protocol").RequireAuthorization(Roles.Reader);
        group.MapGet("", () => new ServerMetadata(ServerName, ServerVersion, Extensions)).ForLimited()
            .WithSummary("Name, version and extensions of this server");
        group.MapGet("health/live", (SiloHealth health) => Answer(health.NotLive, isWell => new Liveness(isWell)))
            .WithSummary("Whether the server lives").AllowAnonymous().Produces<Liveness>();
        group.MapGet("health/ready", (SiloHealth health) => Answer(health.NotReady, isWell => new Readiness(isWell)))
            .WithSummary("Whether the server takes requests").AllowAnonymous().Produces<Readiness>();
        group.MapRepository();
        foreach (string path in new[] { "models/{model}", "models/{model}/versions/{version}" })
        {
            group.MapGet(path, MetadataAsync).ForLimited().WithSummary("A model's tensors");
            group.MapGet($"{path}/ready", ReadyAsync).ForLimited().WithSummary("Whether a model takes requests");
            group.MapPost($"{path}/infer", InferAsync).ForLimited().WithSummary("Infers task and class of inputs")
                .TakesMemory(BodyWeight)
                .Accepts<InferBody>("application/json", ["application/octet-stream", .. FileTypes.All]).Produces<InferAnswer>();
        }
    }

    private static JsonHttpResult<T> Answer<T>(IReadOnlyList<string> reasons, Func<bool, T> answer) =>
        TypedResults.Json(
            answer(reasons.Count == 0), statusCode: reasons.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);

    private static async Task<ModelMetadata> MetadataAsync(
        string model, string? version, InferService service, CallerLimits limits, CancellationToken cancellationToken)
    {
        VersionDescription described = await service.DescribeAsync(limits, model, version, cancellationToken);
        return new ModelMetadata(
            model,
            described.Versions,
            ModelTensors.Platform,
            [Metadata(described.Input)],
            [.. described.Outputs.Select(Metadata)],
            described.Properties);

        static TensorMetadata Metadata(TensorDescription tensor) => new(tensor.Name, tensor.Datatype, tensor.Shape);
    }

    private static async Task<ModelReadiness> ReadyAsync(
        string model, string? version, InferService service, CallerLimits limits, CancellationToken cancellationToken)
    {
        await service.DescribeAsync(limits, model, version, cancellationToken);
        return new ModelReadiness(model, true);
    }

    private static async Task InferAsync(string model, string? version, InferService service, HttpSettings settings, HttpContext context)
    {
        CancellationToken cancellationToken = context.RequestAborted;
        CallerLimits limits = CallerLimits.Of(context.User);
        InferRequest request = await ReadAsync(limits, model, service, context.Request, settings.MaxRows, cancellationToken);
        (version, OutputTensor[] outputs) = await service.InferAsync(limits, model, version, request, cancellationToken);
        await InferResponseWriter.WriteAsync(context.Response, model, version, request, outputs, cancellationToken);
    }

    // A page of another site can send text or a form without being asked, but not this. Triton's client names no type; what a
    // browser sends so is refused where no key is asked for (Security/LoopbackHosts).
    private static async Task<InferRequest> ReadAsync(
        CallerLimits limits, string model, InferService service, HttpRequest request, int mostRows, CancellationToken cancellationToken)
    {
        string? type = request.ContentType?.Split(';')[0].Trim();
        bool isFile = FileTypes.Contains(type);
        if (!isFile && type is not null && !type.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            && !type.Equals("application/octet-stream", StringComparison.OrdinalIgnoreCase))
            throw new BadHttpRequestException(
                $"unsupported Content-Type '{type}'; send application/json, application/octet-stream with the header {LengthHeader}, or a "
                    + $"file as {string.Join(", ", FileTypes.All)}",
                StatusCodes.Status415UnsupportedMediaType);
        byte[] body = await BodyAsync(request, cancellationToken);
        if (!isFile) return Parse(body, request, mostRows);
        RequestBudget.Of(request.HttpContext).Cover((long)FileWeight * body.Length);
        return await service.ReadAsync(limits, model, type!, body, request.Query, cancellationToken);
    }

    private static InferRequest Parse(ReadOnlySpan<byte> body, HttpRequest request, int mostRows)
    {
        ByteBudget.Lease lease = RequestBudget.Of(request.HttpContext);
        if (request.Headers[LengthHeader].FirstOrDefault() is not { } text) return InferRequestReader.Read(body, [], mostRows, lease);
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int length) && length <= body.Length
            ? InferRequestReader.Read(body[..length], body[length..], mostRows, lease)
            : throw new SupSupException(SupSupError.InvalidRequest,
                $"{LengthHeader} is '{text}', but the body has {body.Length} bytes; send the length of the JSON");
    }

    // What was received is copied and let go of: the server would hold on to the memory that a whole body waited in.
    private static async ValueTask<byte[]> BodyAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.ContentLength is { } length)
        {
            byte[] body = GC.AllocateUninitializedArray<byte>((int)length);
            await request.Body.ReadExactlyAsync(body, cancellationToken);
            return body;
        }

        ArrayBufferWriter<byte> pieces = new();
        while (await request.Body.ReadAsync(pieces.GetMemory(PieceBytes), cancellationToken) is var read and > 0) pieces.Advance(read);
        return pieces.WrittenSpan.ToArray();
    }

    // The shapes of the protocol, by its names.
    internal sealed record ServerMetadata(string Name, string Version, IReadOnlyList<string> Extensions);

    internal sealed record Liveness(bool Live);

    internal sealed record Readiness(bool Ready);

    internal sealed record ModelReadiness(string Name, bool Ready);

    internal sealed record ModelMetadata(
        string Name,
        IReadOnlyList<string> Versions,
        string Platform,
        IReadOnlyList<TensorMetadata> Inputs,
        IReadOnlyList<TensorMetadata> Outputs,
        IReadOnlyDictionary<string, string> Properties);

    internal sealed record TensorMetadata(string Name, string Datatype, IReadOnlyList<long> Shape);

    internal sealed record InferBody(
        string? Id, Dictionary<string, object>? Parameters, IReadOnlyList<InferBodyInput> Inputs, IReadOnlyList<InferBodyOutput>? Outputs);

    internal sealed record InferBodyInput(
        string Name, string Datatype, IReadOnlyList<long> Shape, IReadOnlyList<double>? Data, Dictionary<string, object>? Parameters);

    internal sealed record InferBodyOutput(string Name, Dictionary<string, object>? Parameters);

    internal sealed record InferAnswer([property: JsonPropertyName("model_name")] string ModelName,
        [property: JsonPropertyName("model_version")] string ModelVersion, string? Id, IReadOnlyList<InferAnswerOutput> Outputs);

    internal sealed record InferAnswerOutput(string Name, string Datatype, IReadOnlyList<long> Shape, IReadOnlyList<double> Data);
}
