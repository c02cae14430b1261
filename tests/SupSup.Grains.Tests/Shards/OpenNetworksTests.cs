using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using SupSup.Client;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Grains.Compute;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Models;
using SupSup.Grains.Shards;
using SupSup.Grains.Tests.Hosting;

namespace SupSup.Grains.Tests.Shards;

public sealed class OpenNetworksTests
{
    private const string Plan = "conv8-norm-relu-average/3x8x8-3";

    private static readonly ModelNetwork Network =
        new NetworkCatalog().Open(new ModelSpec { Plan = Plan, Classes = 3, Seed = 4 });

    private static readonly InputBatch Picture = new()
    {
        Rows = 1,
        Values = [.. Enumerable.Range(0, Network.Spec.Inputs).Select(n => MathF.Sin(n))],
    };

    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void Given_room_when_a_mask_is_run_again_then_its_network_is_kept_once_and_answers_the_same()
    {
        using OpenNetworks open = Open(1 << 20);
        (TaskMask one, TaskMask other) = (Mask(1), Mask(2));

        MaskPrediction[] first = Run(open, one);
        long bytes = open.Bytes;
        Assert.Equal(first, Run(open, one));

        Assert.InRange(bytes, 4 * Network.Spec.Inputs, 1 << 20);
        Assert.Equal((1, bytes), (open.Count, open.Bytes));
        Assert.NotEqual(first, Run(open, other));
        using OpenNetworks none = Open(0);
        Assert.Equal(first, Run(none, one));
        Assert.Equal((0, 0L), (none.Count, none.Bytes));
    }

    [Fact]
    public void Given_many_examples_when_run_then_what_is_kept_holds_the_memory_of_one()
    {
        using OpenNetworks open = Open(1 << 20);
        TaskMask mask = Mask(1);
        Run(open, mask);
        long bytes = open.Bytes;

        InputBatch many = Picture.Select([.. Enumerable.Repeat(0, 70)]);
        open.Predict(Network, mask, many, 3);

        Assert.Equal((1, bytes), (open.Count, open.Bytes));
    }

    [Fact]
    public void Given_more_masks_than_there_is_room_for_when_all_are_run_in_turn_then_the_first_stay_until_they_are_idle()
    {
        using OpenNetworks measure = Open(1 << 20);
        Run(measure, Mask(1));
        using OpenNetworks open = Open(5 * measure.Bytes / 2);
        TaskMask[] masks = [.. Enumerable.Range(1, 4).Select(Mask)];
        for (int round = 0; round < 2; round++)
            foreach (TaskMask mask in masks) Run(open, mask);
        Assert.Equal(2, open.Count);
        open.Forget(masks[3]);
        Assert.Equal(2, open.Count);
        open.Forget(masks[0]);
        Assert.Equal(1, open.Count);
        open.Forget(masks[1]);
        Assert.Equal((0, 0L), (open.Count, open.Bytes));

        foreach (TaskMask mask in masks) Run(open, mask);
        _time.Advance(OpenNetworks.IdleFor + TimeSpan.FromSeconds(1));
        Run(open, masks[2]);
        Run(open, masks[3]);
        open.Forget(masks[0]);
        open.Forget(masks[1]);
        Assert.Equal(2, open.Count);
        open.Forget(masks[2]);
        open.Forget(masks[3]);
        Assert.Equal(0, open.Count);
    }

    [Fact]
    public async Task Given_a_task_that_is_removed_when_shards_hear_of_it_then_its_network_is_closed()
    {
        using TemporaryStore store = new();
        await using TestSilo silo = await TestSilo.StartAsync(store.Folder);
        SupSupModel model = await silo.Client.CreateAsync("m", Network.Spec, Stop);
        for (int task = 0; task < 3; task++) await model.ImportAsync(task, MaskFile.Write(Network.Network, Mask(task)), Stop);
        OpenNetworks open = silo.Services.GetRequiredService<OpenNetworks>();
        Prediction before = (await model.InferAsync(Picture, cancellationToken: Stop))[0];
        Assert.Equal(3, open.Count);

        Prediction again = (await model.InferAsync(Picture, cancellationToken: Stop))[0];
        await model.DeleteTaskAsync(1, Stop);
        await model.InferAsync(Picture, cancellationToken: Stop);

        Assert.Equal((before.Task, before.Class, before.Entropy), (again.Task, again.Class, again.Entropy));
        Assert.Equal(2, open.Count);
    }

    private static MaskPrediction[] Run(OpenNetworks open, TaskMask mask) => open.Predict(Network, mask, Picture, 3);

    private static TaskMask Mask(int seed)
    {
        byte[] bits = new byte[Network.Network.Shape.PackedBytes];
        new Random(seed).NextBytes(bits);
        return new TaskMask(
            Network.Network.Shape, bits, ChannelStatistics.Of([.. Enumerable.Repeat(0f, 8), .. Enumerable.Repeat(1f, 8)]));
    }

    private OpenNetworks Open(long bytes) => new(Options.Create(new ComputeOptions { OpenNetworkBytes = bytes }), _time);
}
