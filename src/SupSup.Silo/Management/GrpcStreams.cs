using System.Runtime.CompilerServices;
using Grpc.Core;
using Microsoft.AspNetCore.Authorization;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Silo.Http;
using SupSup.Silo.Management.Protocol;
using SupSup.Silo.Security;

namespace SupSup.Silo.Management;

/// <summary>Streams of batches over gRPC: batches go up, positions come down.</summary>
/// <param name="grains">The silo.</param>
/// <param name="names">Finds models by their names.</param>
/// <param name="callers">Knows which tasks are a caller's.</param>
[Authorize(Roles.Trainer)]
internal sealed class GrpcStreams(IGrainFactory grains, ModelNames names, LimitedCallers callers) : Protocol.Streams.StreamsBase
{
    /// <inheritdoc/>
    [ForLimited]
    public override async Task Learn(
        IAsyncStreamReader<LearnRequest> requestStream, IServerStreamWriter<LearnPosition> responseStream, ServerCallContext context)
    {
        CancellationToken token = OpenStreams.One.Of(context.GetHttpContext()).Token;
        if (!await requestStream.MoveNext(token) || requestStream.Current.Open is not { } open) throw NotOpened("Learn");
        CallerLimits limits = CallerLimits.Of(context.GetHttpContext().User);
        string model = await names.KeyOfAsync(open.Model, limits, token);
        ITaskGrain task = grains.Task(model, open.Task);
        string? name = await callers.CheckTaskAsync(limits, model, open.Task, token);
        TrainingOrder order = new()
        {
            Data = null,
            Recipe = Recipe(open.Recipe),
            Batches = open.HasBatches ? open.Batches : null,
            Normalization = Told(open.Normalization),
            Names = name is null ? null : new TaskNames { Task = name },
        };
        await task.TrainAsync(order, token);
        await responseStream.WriteAsync(Position(await task.FlushAsync(token)), token);
        IAsyncEnumerable<StreamPosition> positions = InFlight.RunAsync(
            LeasedAsync(requestStream, context, token), SendAsync, token);
        await foreach (StreamPosition position in positions.WithCancellation(token))
            await responseStream.WriteAsync(Position(position), token);

        async Task<StreamPosition> SendAsync(Leased<LearnRequest> request, CancellationToken cancellationToken)
        {
            using (request)
                return request.Value.Batch is { Number: >= 0 and <= int.MaxValue } batch
                    ? await task.SubmitAsync((int)batch.Number, ToBatch(batch), cancellationToken)
                    : throw new SupSupException(
                        SupSupError.InvalidRequest, "expected a batch after the first message of Learn; send batches numbered from 0");
        }
    }

    /// <inheritdoc/>
    [ForLimited(Tasks = false)]
    public override async Task Submit(
        IAsyncStreamReader<SubmitRequest> requestStream, IServerStreamWriter<SubmitPosition> responseStream, ServerCallContext context)
    {
        CancellationToken token = OpenStreams.One.Of(context.GetHttpContext()).Token;
        if (!await requestStream.MoveNext(token) || requestStream.Current.Open is not { } open) throw NotOpened("Submit");
        CallerLimits limits = CallerLimits.Of(context.GetHttpContext().User);
        IStreamGrain stream = grains.Stream(await names.KeyOfAsync(open.Model, limits, token), open.Stream);
        StreamSpec defaults = new();
        StreamSpec spec = defaults with
        {
            Recipe = Recipe(open.Recipe),
            Batches = open.HasBatches ? open.Batches : null,
            SegmentBatches = open.HasSegmentBatches ? open.SegmentBatches : defaults.SegmentBatches,
            MaskCap = open.HasMaskCap ? open.MaskCap : null,
            Fit = open.HasFit ? open.Fit : defaults.Fit,
            Normalization = Told(open.Normalization),
        };
        await responseStream.WriteAsync(Position(await stream.OpenAsync(spec, token)), token);
        await foreach (SubmitRequest request in requestStream.ReadAllAsync(token))
        {
            StreamAnswer answer = request.MessageCase switch
            {
                SubmitRequest.MessageOneofCase.Batch =>
                    await stream.SubmitAsync(request.Batch.Number, ToBatch(request.Batch), token),
                SubmitRequest.MessageOneofCase.Complete => await stream.CompleteAsync(token),
                _ => throw new SupSupException(
                    SupSupError.InvalidRequest, "expected a batch or the end of the stream after the first message of Submit"),
            };
            await responseStream.WriteAsync(Position(answer), token);
        }
    }

    // Several are under way at once: each holds its memory for itself.
    private static async IAsyncEnumerable<Leased<T>> LeasedAsync<T>(
        IAsyncStreamReader<T> source, ServerCallContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (T message in source.ReadAllAsync(cancellationToken))
            yield return new Leased<T>(message, GrpcBody.Take(context.GetHttpContext()));
    }

    private static LabelledBatch ToBatch(Batch batch) =>
        new() { Inputs = new InputBatch { Rows = batch.Labels.Count, Values = [.. batch.Inputs] }, Labels = [.. batch.Labels] };

    private static PixelNormalization? Told(Normalization? told) =>
        told is null ? null : new PixelNormalization { Means = [.. told.Means], Deviations = [.. told.Deviations] };

    private static string Recipe(string recipe) => recipe.Length == 0 ? new StreamSpec().Recipe : recipe;

    private static LearnPosition Position(StreamPosition position) =>
        new() { Trained = position.Trained, Durable = position.Durable, Learned = position.Summary is not null };

    private static SubmitPosition Position(StreamAnswer answer)
    {
        SubmitPosition position = new()
        {
            Next = answer.Next,
            Durable = answer.Durable,
            Masks = answer.Masks,
            Kind = answer.Allocation?.Kind.ToString() ?? "",
            CapReached = answer.CapReached
        };
        if (answer.Allocation?.Task is { } task) position.Task = task;
        return position;
    }

    private static SupSupException NotOpened(string method) =>
        new(SupSupError.InvalidRequest, $"the stream is not open; the first message of {method} must open it");
}
