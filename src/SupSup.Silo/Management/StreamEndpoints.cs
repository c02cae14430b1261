using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Silo.Http;
using SupSup.Silo.Security;
using SupSup.Silo.Settings;

namespace SupSup.Silo.Management;

/// <summary>Streams of batches that callers submit: of one task, or without task identity (scenario NNs).</summary>
internal static class StreamEndpoints
{
    /// <summary>Adds the endpoints.</summary>
    public static void MapStreams(this RouteGroupBuilder group)
    {
        group.MapPost("models/{model}/tasks/{task:int}/batches", LearnAsync).RequireAuthorization(Roles.Trainer)
            .WithSummary(
                "Trains a task that was ordered without data on batches, as lines of JSON; answers with its position, a line for each")
            .TakesMemory(weight: 0)
            .Accepts<BatchLine.Shown>(NdJson.ContentType).Produces<StreamPosition>(StatusCodes.Status200OK, NdJson.ContentType);
        group.MapPost("models/{model}/tasks/{task:int}/flush", FlushTaskAsync).RequireAuthorization(Roles.Trainer)
            .WithSummary("Stores what a task's stream has trained");
        RouteGroupBuilder streams = group.MapGroup("models/{model}/streams/{stream}");
        streams.MapPut("", OpenAsync).RequireAuthorization(Roles.Trainer)
            .WithSummary("Opens a stream without task identity, or confirms that it is open with the same definition");
        streams.MapGet("", GetAsync).WithSummary("Where a stream stands, and what its batches trained");
        streams.MapPost("batches", SubmitAsync).RequireAuthorization(Roles.Trainer)
            .WithSummary("Submits batches as lines of JSON; answers with the stream's position, a line for each")
            .TakesMemory(weight: 0)
            .Accepts<BatchLine.Shown>(NdJson.ContentType).Produces<StreamAnswer>(StatusCodes.Status200OK, NdJson.ContentType);
        streams.MapPost("flush", FlushAsync).RequireAuthorization(Roles.Trainer).WithSummary("Stores what was submitted so far");
        streams.MapPost("complete", CompleteAsync).RequireAuthorization(Roles.Trainer)
            .WithSummary("Completes the masks in training with the batches they have had");
    }

    public static IStreamGrain Stream(this IGrainFactory grains, string model, string stream) =>
        grains.GetGrain<IStreamGrain>(GrainKeys.Stream(model, stream));

    private static Task LearnAsync(
        string model, int task, IGrainFactory grains, OpenStreams streams, HttpSettings settings, HttpContext context)
    {
        ITaskGrain grain = grains.Task(model, task);
        return NdJson.WriteAsync(context, streams, takes: true, token => InFlight.RunAsync(
            NdJson.ReadAsync<BatchLine>(context, settings.MaxRequestBytes, token), SendAsync, token));

        async Task<StreamPosition> SendAsync(Leased<BatchLine> line, CancellationToken cancellationToken)
        {
            using (line) return await grain.SubmitAsync(Number(line.Value.Number), line.Value.ToBatch(), cancellationToken);
        }
    }

    private static Task<StreamPosition> FlushTaskAsync(string model, int task, IGrainFactory grains, CancellationToken cancellationToken) =>
        grains.Task(model, task).FlushAsync(cancellationToken);

    private static Task<StreamAnswer> OpenAsync(
        string model, string stream, StreamSpec spec, IGrainFactory grains, CancellationToken cancellationToken) =>
        grains.Stream(model, stream).OpenAsync(spec, cancellationToken);

    private static Task<StreamDescription> GetAsync(string model, string stream, IGrainFactory grains,
        CancellationToken cancellationToken) => grains.Stream(model, stream).DescribeAsync(cancellationToken);

    private static Task SubmitAsync(
        string model, string stream, IGrainFactory grains, OpenStreams streams, HttpSettings settings, HttpContext context)
    {
        IStreamGrain grain = grains.Stream(model, stream);
        return NdJson.WriteAsync(context, streams, takes: true, Answers);

        // One after another: which mask serves a segment is decided on its first batch.
        async IAsyncEnumerable<StreamAnswer> Answers(
            [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await foreach (Leased<BatchLine> line in NdJson.ReadAsync<BatchLine>(context, settings.MaxRequestBytes, cancellationToken))
            {
                StreamAnswer answer;
                using (line) answer = await grain.SubmitAsync(line.Value.Number, line.Value.ToBatch(), cancellationToken);
                yield return answer;
            }
        }
    }

    private static Task<StreamAnswer> FlushAsync(
        string model, string stream, IGrainFactory grains, CancellationToken cancellationToken) =>
        grains.Stream(model, stream).FlushAsync(cancellationToken);

    private static Task<StreamAnswer> CompleteAsync(
        string model, string stream, IGrainFactory grains, CancellationToken cancellationToken) =>
        grains.Stream(model, stream).CompleteAsync(cancellationToken);

    private static int Number(long number) => number is >= 0 and <= int.MaxValue ? (int)number : throw new SupSupException(
        SupSupError.InvalidRequest, $"batch {number} is invalid; batches are numbered from 0");
}
