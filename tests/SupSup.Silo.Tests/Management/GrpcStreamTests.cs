using System.Net;
using Grpc.Core;
using SupSup.Silo.Management.Protocol;
using SupSup.Silo.Tests.Http;

namespace SupSup.Silo.Tests.Management;

public sealed class GrpcStreamTests(ApiSilo silo) : IClassFixture<ApiSilo>
{
    private readonly Streams.StreamsClient _client = new(silo.Grpc);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_batches_of_a_task_when_sent_while_positions_come_back_then_it_is_learned()
    {
        await CreateAsync("up");
        using AsyncDuplexStreamingCall<LearnRequest, LearnPosition> call = _client.Learn(cancellationToken: Stop);
        await call.RequestStream.WriteAsync(new LearnRequest { Open = new OpenTask { Model = "up", Task = 1, Batches = 5 } }, Stop);
        Assert.True(await call.ResponseStream.MoveNext(Stop));
        Assert.Equal(0, call.ResponseStream.Current.Trained);
        for (int number = 0; number < 5; number++)
        {
            await call.RequestStream.WriteAsync(new LearnRequest { Batch = Batch(number) }, Stop);
            Assert.True(await call.ResponseStream.MoveNext(Stop));
            Assert.Equal((number + 1, number == 4), (call.ResponseStream.Current.Trained, call.ResponseStream.Current.Learned));
        }

        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext(Stop));
    }

    [Fact]
    public async Task Given_batches_without_task_when_sent_then_masks_are_allocated_and_completed()
    {
        await CreateAsync("free");
        using AsyncDuplexStreamingCall<SubmitRequest, SubmitPosition> call = _client.Submit(cancellationToken: Stop);
        await call.RequestStream.WriteAsync(
            new SubmitRequest { Open = new OpenStream { Model = "free", Stream = "s", Batches = 8, SegmentBatches = 4 } }, Stop);
        Assert.True(await call.ResponseStream.MoveNext(Stop));
        for (int number = 0; number < 4; number++)
        {
            await call.RequestStream.WriteAsync(new SubmitRequest { Batch = Batch(number) }, Stop);
            Assert.True(await call.ResponseStream.MoveNext(Stop));
            Assert.Equal((number + 1, "Allocated", 1),
                (call.ResponseStream.Current.Next, call.ResponseStream.Current.Kind, call.ResponseStream.Current.Masks));
        }

        await call.RequestStream.WriteAsync(new SubmitRequest { Complete = new Complete() }, Stop);
        Assert.True(await call.ResponseStream.MoveNext(Stop));
        Assert.Equal(4, call.ResponseStream.Current.Durable);
        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext(Stop));
    }

    [Fact]
    public async Task Given_a_stream_that_does_not_open_when_called_then_the_status_says_so()
    {
        using AsyncDuplexStreamingCall<LearnRequest, LearnPosition> unopened = _client.Learn(cancellationToken: Stop);
        await unopened.RequestStream.WriteAsync(new LearnRequest { Batch = Batch(0) }, Stop);
        RpcException e = await Assert.ThrowsAsync<RpcException>(() => unopened.ResponseStream.MoveNext(Stop));
        Assert.Equal(StatusCode.InvalidArgument, e.StatusCode);

        using AsyncDuplexStreamingCall<SubmitRequest, SubmitPosition> nowhere = _client.Submit(cancellationToken: Stop);
        await nowhere.RequestStream.WriteAsync(new SubmitRequest { Open = new OpenStream { Model = "nowhere", Stream = "s" } }, Stop);
        e = await Assert.ThrowsAsync<RpcException>(() => nowhere.ResponseStream.MoveNext(Stop));
        Assert.Equal(StatusCode.NotFound, e.StatusCode);
        Assert.Contains("nowhere", e.Status.Detail, StringComparison.Ordinal);
    }

    private async Task CreateAsync(string model) => Assert.Equal(HttpStatusCode.OK,
        (await silo.PutAsync($"/v1/models/{model}", new { inputs = 64, hidden = new[] { 16 }, outputs = 20, classes = 4, seed = 7 })).Code);

    private static Batch Batch(int number) => new()
    {
        Number = number,
        Inputs = { Enumerable.Range(0, 4 * 64).Select(i => MathF.Cos(i * (number + 1))) },
        Labels = { 0, 1, 2, 3 },
    };
}
