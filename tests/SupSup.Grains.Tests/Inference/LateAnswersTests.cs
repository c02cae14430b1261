using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Core.Internal;
using Orleans.Runtime.Placement;
using SupSup.Client;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Grains.Inference;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Placement;
using SupSup.Grains.Storage;
using SupSup.Grains.Tests.Hosting;

namespace SupSup.Grains.Tests.Inference;

/// <summary>Answers that do not come, as from a silo that is lost and not yet declared dead.</summary>
public sealed class LateAnswersTests
{
    private const int Tasks = 100;
    private const int Rows = 16;

    private static readonly FixedNetwork Network = new(NetworkPlan.Dense(60, [40, 20], 30), 11);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_two_copies_of_which_the_first_does_not_answer_when_asked_then_the_second_does()
    {
        Silence silence = new();
        await using SiloCluster cluster = await StartAsync(silence);
        Prediction[] before = await AskAsync(cluster);
        silence.Keep((grain, _) => grain == "shard/m/0");
        Prediction[] after = await AskAsync(cluster);
        silence.End();
        Assert.True(silence.Kept > 0, "the first copy was not asked");
        Assert.Equal(before.Select(answer => (answer.Task, answer.Class)), after.Select(answer => (answer.Task, answer.Class)));
    }

    [Fact]
    public async Task Given_a_coordinator_that_does_not_answer_when_asked_then_what_is_known_is_answered()
    {
        Silence silence = new();
        await using SiloCluster cluster = await StartAsync(silence);
        Prediction[] before = await AskAsync(cluster);
        silence.Keep((_, method) => method == nameof(ICoordinatorGrain.GetChangesAsync));
        for (int n = 0; n < 3; n++)
            Assert.Equal(before.Select(answer => answer.Task), (await AskAsync(cluster)).Select(answer => answer.Task));
        silence.End();
        Assert.True(silence.Kept > 0, "the coordinator was not asked");
    }

    [Fact]
    public async Task Given_a_superposition_that_is_being_counted_when_a_caller_leaves_then_its_wait_ends()
    {
        Silence silence = new();
        await using SiloCluster cluster = await StartAsync(silence);
        silence.Keep((_, method) => method == nameof(IShardGrain.CountAsync));
        Task<Prediction[]> first = AskAsync(cluster);
        await silence.UntilKeptAsync(Stop);
        using CancellationTokenSource leaving = new();
        Task<Prediction[]> second = AskAsync(cluster, leaving.Token);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        silence.End();
        Assert.Equal(Rows, (await first).Length);
    }

    [Fact]
    public async Task Given_a_model_that_is_asked_on_one_silo_when_a_while_has_passed_then_both_others_are_made_ready()
    {
        Readied readied = new();
        await using SiloCluster cluster = await StartAsync(readied);
        for (int tries = 0; readied.Silos.Count < 2; tries++)
        {
            Assert.True(tries < 600, $"other silos were not made ready: {string.Join(", ", readied.Silos.Keys)}");
            await AskAsync(cluster);
            await Task.Delay(50, Stop);
        }
    }

    [Fact]
    public async Task Given_a_replica_grain_on_another_silo_when_called_again_then_it_has_moved_to_its_own_and_nothing_else_follows()
    {
        Readied readied = new();
        await using SiloCluster cluster = await StartAsync(readied);
        SiloAddress[] silos = [.. (await cluster.Grains.GetGrain<IManagementGrain>(0).GetHosts(onlyActive: true, Stop)).Keys];
        IReplicaGrain replica = cluster.Grains.GetGrain<IReplicaGrain>(GrainKeys.Shard("m", Replicas.Number(silos[0])));
        try
        {
            // As where it is called before its silo can be chosen.
            RequestContext.Set(IPlacementDirector.PlacementHintKey, silos[1]);
            Assert.Equal(
                SupSupError.Unavailable, (await Assert.ThrowsAsync<SupSupException>(() => replica.ReadyAsync(Stop))).Error);
            RequestContext.Set(IPlacementDirector.PlacementHintKey, silos[0]);
            for (int tries = 0; readied.Silos.IsEmpty; tries++)
            {
                Assert.True(tries < 600, "it did not move to its silo");
                try
                {
                    await replica.ReadyAsync(Stop);
                }
                catch (SupSupException e) when (e.Error == SupSupError.Unavailable)
                {
                    await Task.Delay(50, Stop);
                }
            }
        }
        finally
        {
            RequestContext.Clear();
        }

        Assert.Equal([silos[0]], readied.Silos.Keys);
        Assert.False(readied.IsHinted, "what the replica calls is placed where the replica was to be");
    }

    [Fact]
    public async Task Given_a_copy_that_moves_when_it_arrives_then_it_has_its_masks_without_being_asked()
    {
        await using SiloCluster cluster = await StartAsync(new Silence());
        await AskAsync(cluster);
        IShardGrain first = cluster.Grains.GetGrain<IShardGrain>(GrainKeys.Shard("m", 0));
        ShardHealth before = (await first.ShowAsync(0, Stop))!;
        Assert.Equal(Tasks, before.Held);
        SiloAddress[] silos = [.. (await cluster.Grains.GetGrain<IManagementGrain>(0).GetHosts(onlyActive: true, Stop)).Keys];
        SiloAddress other = silos.First(silo => silo.ToString() != before.Silo);
        RequestContext.Set(IPlacementDirector.PlacementHintKey, other);
        await first.AsReference<IGrainManagementExtension>().MigrateOnIdle(Stop);
        RequestContext.Clear();
        ShardHealth? after = null;
        for (int tries = 0; after?.Held != Tasks || after.Silo != other.ToString(); tries++)
        {
            Assert.True(tries < 1500, $"the masks are not there: {after}");
            await Task.Delay(20, Stop);
            after = await first.ShowAsync(0, Stop);
        }
    }

    [Fact]
    public async Task Given_a_shard_that_ends_with_the_silo_that_knew_of_it_when_asked_again_then_its_masks_are_not_read_anew()
    {
        Seen seen = new();
        await using SiloCluster cluster = await SiloCluster.StartAsync([false], configure: silo => silo.AddIncomingGrainCallFilter(seen));
        await ImportAsync(cluster);
        Prediction[] before = await AskAsync(cluster);
        IGrainContext shard = seen.Shard!;
        TaskCompletionSource reads = new();
        cluster.Storage.Hold(StorageNames.Mask, reads.Task);

        shard.Deactivate(new DeactivationReason(DeactivationReasonCode.DirectoryFailure, "the silo that knew of it died"), Stop);
        await shard.Deactivated.WaitAsync(TimeSpan.FromSeconds(30), Stop);

        Prediction[] after = await AskAsync(cluster).WaitAsync(TimeSpan.FromSeconds(60), Stop);
        reads.SetResult();
        Assert.NotSame(shard, seen.Shard);
        Assert.Equal(before.Select(answer => (answer.Task, answer.Score)), after.Select(answer => (answer.Task, answer.Score)));
    }

    [Fact]
    public void Given_numbers_of_silos_when_copies_are_placed_then_each_copy_of_a_shard_is_on_a_silo_of_its_own()
    {
        for (int silos = 2; silos <= 100; silos++)
        {
            SiloAddress[] all = [.. Enumerable.Range(0, silos).Select(n => SiloAddress.New(System.Net.IPAddress.Loopback, 11111 + n, 1))];
            for (int shard = 0; shard < 20; shard++)
            {
                SiloAddress Place(int copy) => SpreadPlacementDirector.Choose(
                    GrainId.Create("shard", GrainKeys.Shard("m", ShardCopies.Index(shard, copy))), all, _ => false);
                Assert.NotEqual(Place(0), Place(1));
            }
        }
    }

    private static async Task<SiloCluster> StartAsync(IIncomingGrainCallFilter filter)
    {
        SiloCluster cluster = await SiloCluster.StartAsync([false, false, false], configure: silo =>
        {
            silo.AddIncomingGrainCallFilter(filter);
            silo.Services.AddSingleton(Options.Create(new ShardOptions { Replicas = 2 }));
        });
        await ImportAsync(cluster);
        return cluster;
    }

    private static async Task ImportAsync(SiloCluster cluster)
    {
        SupSupModel model = await cluster.Client.CreateAsync(
            "m", new ModelSpec { Inputs = 60, Hidden = [40, 20], Outputs = 30, Classes = 5, Seed = 11 }, Stop);
        await Task.WhenAll(Enumerable.Range(0, Tasks).Select(task => model.ImportAsync(task, RandomMask(task), Stop)));
    }

    // Without the client's retries.
    private static Task<Prediction[]> AskAsync(SiloCluster cluster, CancellationToken? stop = null)
    {
        Random random = new(3);
        InputBatch images = new() { Rows = Rows, Values = [.. Enumerable.Range(0, Rows * 60).Select(_ => random.NextSingle())] };
        return cluster.Grains.GetGrain<IInferenceGrain>("m").InferAsync(images, new InferenceOptions { Shortlist = 1 }, stop ?? Stop);
    }

    private static byte[] RandomMask(int task)
    {
        byte[] bits = new byte[Network.Shape.PackedBytes];
        new Random(task).NextBytes(bits);
        return MaskFile.Write(Network, new TaskMask(Network.Shape, bits));
    }

    // The activation of the shard that was called last.
    private sealed class Seen : IIncomingGrainCallFilter
    {
        public IGrainContext? Shard { get; private set; }

        public Task Invoke(IIncomingGrainCallContext context)
        {
            if (context.TargetId.ToString() == "shard/m/0") Shard = context.TargetContext;
            return context.Invoke();
        }
    }

    // Where the replica of the model was made ready.
    private sealed class Readied : IIncomingGrainCallFilter
    {
        public ConcurrentDictionary<SiloAddress, bool> Silos { get; } = [];

        public bool IsHinted { get; private set; }

        public Task Invoke(IIncomingGrainCallContext context)
        {
            if (context.TargetId.ToString() == "inference/m" && context.MethodName == nameof(IInferenceGrain.ReadyAsync))
            {
                if (RequestContext.Get(IPlacementDirector.PlacementHintKey) is not null) IsHinted = true;
                Silos[context.TargetContext!.Address.SiloAddress!] = true;
            }

            return context.Invoke();
        }
    }

    // Keeps calls to itself until it ends.
    private sealed class Silence : IIncomingGrainCallFilter
    {
        private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _kept = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private Func<string, string, bool> _keeps = (_, _) => false;
        private int _number;

        public int Kept => Volatile.Read(ref _number);

        public void Keep(Func<string, string, bool> which) => Volatile.Write(ref _keeps, which);

        public Task UntilKeptAsync(CancellationToken stop) => _kept.Task.WaitAsync(stop);

        public void End() => _end.TrySetResult();

        public async Task Invoke(IIncomingGrainCallContext context)
        {
            if (Volatile.Read(ref _keeps)(context.TargetId.ToString(), context.MethodName))
            {
                Interlocked.Increment(ref _number);
                _kept.TrySetResult();
                await _end.Task;
            }

            await context.Invoke();
        }
    }
}
