using System.Collections.Concurrent;
using SupSup.Client;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Tests.Hosting;

namespace SupSup.Grains.Tests.Inference;

/// <summary>Answers of shards that are lost with their silo.</summary>
public sealed class LostAnswersTests
{
    private const int Tasks = 100;
    private const int Rows = 16;

    private static readonly FixedNetwork Network = new(NetworkPlan.Dense(60, [40, 20], 30), 11);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_shards_of_which_each_kind_of_answer_is_lost_once_when_asked_then_the_query_is_answered_as_ever()
    {
        LostAnswers lost = new();
        await using SiloCluster cluster = await SiloCluster.StartAsync([false], configure: silo => silo.AddOutgoingGrainCallFilter(lost));
        SupSupModel model = await cluster.Client.CreateAsync(
            "m", new ModelSpec { Inputs = 60, Hidden = [40, 20], Outputs = 30, Classes = 5, Seed = 11 }, Stop);
        await Task.WhenAll(Enumerable.Range(0, Tasks).Select(task => model.ImportAsync(task, RandomMask(task), Stop)));
        Random random = new(3);
        InputBatch images = new() { Rows = Rows, Values = [.. Enumerable.Range(0, Rows * 60).Select(_ => random.NextSingle())] };
        IInferenceGrain once = cluster.Grains.GetGrain<IInferenceGrain>("m"); // without the client's retries
        InferenceOptions options = new() { Shortlist = 1 }; // the best gradient, however deep the scans went
        Prediction[] answers = await once.InferAsync(images, options, Stop);
        Assert.Equal(["RefineAsync", "RunAsync", "ScanAsync"], lost.Limits.Keys.Order());
        Assert.All(lost.Limits.Values, limit => Assert.Equal(TimeSpan.FromSeconds(10), limit));
        Prediction[] again = await once.InferAsync(images, options, Stop);
        Assert.Equal(again.Select(answer => (answer.Task, answer.Score)), answers.Select(answer => (answer.Task, answer.Score)));
    }

    private static byte[] RandomMask(int task)
    {
        byte[] bits = new byte[Network.Shape.PackedBytes];
        new Random(task).NextBytes(bits);
        return MaskFile.Write(Network, new TaskMask(Network.Shape, bits));
    }

    // Loses the first answer of each method that a query calls, after the shard has worked for it.
    private sealed class LostAnswers : IOutgoingGrainCallFilter
    {
        public ConcurrentDictionary<string, TimeSpan?> Limits { get; } = [];

        public async Task Invoke(IOutgoingGrainCallContext context)
        {
            await context.Invoke();
            if (context.InterfaceMethod.DeclaringType == typeof(IShardGrain) && context.MethodName is not ("AssignAsync" or "CountAsync")
                && Limits.TryAdd(context.MethodName, context.Request.GetDefaultResponseTimeout())) throw new TimeoutException("lost");
        }
    }
}
