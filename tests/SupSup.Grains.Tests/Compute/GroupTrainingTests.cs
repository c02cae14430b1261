using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using SupSup.Core.Datasets;
using SupSup.Core.Tasks;
using SupSup.Core.Training;
using SupSup.Grains.Compute;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Models;

namespace SupSup.Grains.Tests.Compute;

/// <summary>
/// Trainings wait for their group so long that only a full one starts: which trainings share one does not depend on time,
/// and the share of the group's time that each reports tells that they did.
/// </summary>
public sealed class GroupTrainingTests : IDisposable
{
    private static readonly ModelNetwork Network =
        new NetworkCatalog().Open(new ModelSpec { Inputs = 12, Hidden = [8], Outputs = 6, Classes = 3, Seed = 1 });
    private static readonly ModelNetwork Wider =
        new NetworkCatalog().Open(new ModelSpec { Inputs = 12, Hidden = [9], Outputs = 6, Classes = 3, Seed = 1 });
    private static readonly Recipe Recipe = Recipes.Get("fast") with { Batches = 30, BatchSize = 8 };
    private static readonly Recipe Endless = Recipe with { Batches = 1_000_000_000 };

    private readonly Dataset _images = Images();
    private readonly GroupTraining _pairs = Make(tasks: 2);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _pairs.Dispose();

    [Fact]
    public async Task Given_trainings_of_three_kinds_when_they_wait_at_once_then_those_of_a_kind_are_one_group()
    {
        Recipe longer = Recipe with { Batches = 31 };
        Task<TrainedMask>[] waiting =
        [
            _pairs.TrainAsync(Network, Recipe, Job(0)), _pairs.TrainAsync(Network, longer, Job(1)),
            _pairs.TrainAsync(Wider, Recipe, Job(2)),
            _pairs.TrainAsync(Wider, Recipe, Job(3)), _pairs.TrainAsync(Network, longer with { }, Job(4)),
            _pairs.TrainAsync(Network, Recipe, Job(5)),
        ];

        TrainedMask[] trained = await Task.WhenAll(waiting).WaitAsync(Stop);

        Assert.Equal(trained[0].Duration, trained[5].Duration);
        Assert.Equal(trained[1].Duration, trained[4].Duration);
        Assert.Equal(trained[2].Duration, trained[3].Duration);
        Assert.Equal(3, trained.Select(mask => mask.Duration).Distinct().Count());
        Assert.Equal(Wider.Network.Shape, trained[2].Mask.Shape);
        Assert.NotEqual(trained[0].Mask.Bits.ToArray(), trained[5].Mask.Bits.ToArray());
    }

    [Theory]
    [InlineData("out of memory", "out of memory")]
    [InlineData(" CUDA out of memory. Tried\nException raised from malloc\nframe #0", "CUDA out of memory. Tried")]
    [InlineData("The following operation failed in the TorchScript interpreter.\nTraceback of TorchScript (most recent call last):\n  "
        + "File\nRuntimeError: CUDA out of memory. Tried\n", "CUDA out of memory. Tried")]
    public void Given_a_message_of_libtorch_when_told_then_it_is_the_line_that_says_why(string message, string reason) =>
        Assert.Equal(reason, GroupTraining.Reason(message));

    [Fact]
    public async Task Given_more_trainings_than_a_group_holds_when_they_wait_then_the_rest_is_the_next_group()
    {
        TrainedMask[] trained =
            await Task.WhenAll(Enumerable.Range(0, 4).Select(task => _pairs.TrainAsync(Network, Recipe, Job(task)))).WaitAsync(Stop);

        Assert.Equal(2, trained.Select(mask => mask.Duration).Distinct().Count());
    }

    [Fact]
    public async Task Given_no_company_when_the_time_for_gathering_is_over_then_a_training_goes_alone()
    {
        using GroupTraining training = Make(tasks: 2, milliseconds: 1);

        Assert.Equal(Network.Network.Shape, (await training.TrainAsync(Network, Recipe, Job(0)).WaitAsync(Stop)).Mask.Shape);
    }

    [Fact]
    public async Task Given_a_training_that_waits_when_it_is_stopped_then_it_ends_and_the_next_two_are_a_group()
    {
        using CancellationTokenSource stop = new();
        Task<TrainedMask> waiting = _pairs.TrainAsync(Network, Recipe, Job(0) with { Stop = stop.Token });

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(Stop));
        await Task.WhenAll(_pairs.TrainAsync(Network, Recipe, Job(1)), _pairs.TrainAsync(Network, Recipe, Job(2))).WaitAsync(Stop);
    }

    [Fact]
    public async Task Given_a_group_when_the_loss_of_one_is_not_finite_then_it_fails_and_the_other_gets_its_mask()
    {
        float[] values = new float[24];
        values[13] = float.NaN;
        ExampleSet rows = new(new ExampleShape.Vector(12), values, [0, 1]);
        Dataset numbers = new("numbers", rows, rows, 3, new Normalization([.. new float[12]], [.. Enumerable.Repeat(1f, 12)]));
        TrainingJob Of(int task) => new()
        {
            Data = new(numbers, [.. Enumerable.Range(0, 12)], [task], [task]),
            Index = task,
        };
        Task<TrainedMask> good = _pairs.TrainAsync(Network, Recipe, Of(0));

        Task<TrainedMask> bad = _pairs.TrainAsync(Network, Recipe, Of(1));

        Assert.Contains("loss of task 1 is not finite", (await Assert.ThrowsAsync<TaskLossException>(() => bad.WaitAsync(Stop))).Message,
            StringComparison.Ordinal);
        Assert.Equal(Network.Network.Shape, (await good.WaitAsync(Stop)).Mask.Shape);
    }

    [Fact]
    public async Task Given_a_group_under_way_when_one_is_stopped_then_it_ends_without_another_report_and_the_other_goes_on()
    {
        using CancellationTokenSource stop = new();
        using CancellationTokenSource stopOther = new();
        TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int reports = 0;
        int reportsAtEnd = -1;
        TaskCompletionSource goesOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<TrainedMask> first = _pairs.TrainAsync(Network, Endless, Job(0) with
        {
            Stop = stop.Token,
            OnBatches = (_, _, _) =>
            {
                Interlocked.Increment(ref reports);
                begun.TrySetResult();
            },
        });
        Task<TrainedMask> second = _pairs.TrainAsync(Network, Endless, Job(1) with
        {
            Stop = stopOther.Token,
            OnBatches = (done, _, _) =>
            {
                if (Volatile.Read(ref reportsAtEnd) >= 0 && done > 50) goesOn.TrySetResult();
            },
        });
        await begun.Task.WaitAsync(Stop);

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.WaitAsync(Stop));
        Volatile.Write(ref reportsAtEnd, Volatile.Read(ref reports));

        await goesOn.Task.WaitAsync(Stop);
        Assert.False(second.IsCompleted);
        await stopOther.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second.WaitAsync(Stop));
        Assert.Equal(reportsAtEnd, Volatile.Read(ref reports));
    }

    [Fact]
    public async Task Given_a_listener_that_throws_when_its_group_is_trained_then_only_its_training_fails()
    {
        Task<TrainedMask> bad = _pairs.TrainAsync(
            Network, Recipe, Job(0) with { OnBatches = (_, _, _) => throw new InvalidDataException() });
        Task<TrainedMask> good = _pairs.TrainAsync(Network, Recipe, Job(1));

        await Assert.ThrowsAsync<InvalidDataException>(() => bad.WaitAsync(Stop));
        Assert.NotNull((await good.WaitAsync(Stop)).Mask);
    }

    [Fact]
    public async Task Given_data_that_do_not_fit_when_ordered_then_refused_and_no_group_waits_for_it()
    {
        ModelNetwork narrow = new NetworkCatalog().Open(new ModelSpec { Inputs = 11, Hidden = [8], Outputs = 6, Classes = 3, Seed = 1 });

        var error = await Assert.ThrowsAsync<ArgumentException>(() => _pairs.TrainAsync(narrow, Recipe, Job(0)).WaitAsync(Stop));

        Assert.Contains("12 inputs", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_trainings_waiting_and_under_way_when_disposed_then_both_end_and_no_more_are_taken()
    {
        GroupTraining training = Make(tasks: 2);
        TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<TrainedMask>[] open =
        [
            training.TrainAsync(Network, Endless, Job(0) with { OnBatches = (_, _, _) => begun.TrySetResult() }),
            training.TrainAsync(Network, Endless, Job(1)),
            training.TrainAsync(Network, Endless, Job(2)),
        ];
        await begun.Task.WaitAsync(Stop);

        training.Dispose();

        foreach (Task<TrainedMask> task in open) await Assert.ThrowsAnyAsync<OperationCanceledException>(() => task.WaitAsync(Stop));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => training.TrainAsync(Network, Recipe, Job(0)));
    }

    private static GroupTraining Make(int tasks, int milliseconds = 3_600_000) => new(
        Options.Create(new ComputeOptions
        {
            TrainInGroups = true,
            DeviceTasks = tasks,
            DeviceGatherMilliseconds = milliseconds,
            TrainingThreads = 1,
        }), NullLogger<GroupTraining>.Instance);

    private static Dataset Images()
    {
        Random random = new(1);
        return new("noise", Set(50), Set(20), 3, new Normalization(0.4f, 0.3f));

        ExampleSet Set(int count)
        {
            byte[] pixels = new byte[count * 12];
            random.NextBytes(pixels);
            return new(new ExampleShape.Pixels(1, 3, 4), pixels, [.. Enumerable.Range(0, count).Select(n => n % 3)]);
        }
    }

    private TrainingJob Job(int task) => new() { Data = new PermutedFamily().Make(_images, 1, task), Index = task };
}
