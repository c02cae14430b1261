using SupSup.Grains.Interfaces.Models;

namespace SupSup.Client.Tests;

/// <summary>Silo processes are killed, or stopped, under way, and others take their place on the same store.</summary>
public sealed class SiloLossTests : IAsyncLifetime
{
    private const int Batches = 60;
    private static readonly ModelSpec Spec = new() { Inputs = 784, Hidden = [100], Outputs = 50, Classes = 10, Seed = 7 };
    private static readonly TrainingOrder Submitted = new() { Data = null, Batches = Batches };
    private readonly string _store = Directory.CreateTempSubdirectory("supsup-client-").FullName;
    private readonly List<int> _read = [];
    private SiloProcess _silo = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _silo = await StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _silo.DisposeAsync();
        Directory.Delete(_store, recursive: true);
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task Given_a_silo_that_is_lost_in_the_middle_of_a_stream_when_another_takes_its_place_then_the_mask_is_bit_identical(
        bool killed)
    {
        SupSupModel undisturbed = await _silo.Client.CreateAsync("undisturbed", Spec, Stop);
        string expected = (await undisturbed.LearnAsync(
            0, Submitted, (number, _) => ValueTask.FromResult(Batch(number)), cancellationToken: Stop)).Checksum;

        List<StreamPosition> positions = [];
        await using SupSupConnection connection = await SupSupConnection.ConnectAsync(_silo.Gateway, Stop);
        SupSupModel model = await connection.Client.CreateAsync("m", Spec, Stop);
        TaskSummary summary = await model.LearnAsync(
            0, Submitted, BatchesWithLossAsync(killed, 25, 40), progress: positions.Add, cancellationToken: Stop);
        Assert.Equal(expected, summary.Checksum);
        Assert.Equal(Enumerable.Range(0, Batches), _read);
        Assert.Equal((Batches, Batches), (positions[^1].Trained, positions[^1].Durable));
        Assert.Equal(summary, Assert.Single((await model.DescribeAsync(Stop)).Tasks));
    }

    [Fact]
    public async Task Given_a_client_and_a_silo_that_are_lost_when_another_client_goes_on_then_the_mask_is_bit_identical()
    {
        SupSupModel undisturbed = await _silo.Client.CreateAsync("undisturbed", Spec, Stop);
        string expected = (await undisturbed.LearnAsync(
            0, Submitted, (number, _) => ValueTask.FromResult(Batch(number)), cancellationToken: Stop)).Checksum;

        using CancellationTokenSource client = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        SupSupModel model = await _silo.Client.CreateAsync("m", Spec, Stop);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => model.LearnAsync(
            0,
            Submitted,
            FromAsync,
            progress: position =>
            {
                if (position.Trained >= 33) client.Cancel();
            },
            cancellationToken: client.Token));
        await RestartAsync(killed: true);
        model = await _silo.Client.OpenAsync("m", Stop);
        StreamPosition position = await model.GetPositionAsync(0, Stop);
        Assert.InRange(position.Trained, 24, 40); // fewer than ten were not durable when 33 were trained
        Assert.Equal(position.Trained, position.Durable);
        _read.Clear();
        Assert.Equal(expected, (await model.LearnAsync(0, Submitted, FromAsync, cancellationToken: Stop)).Checksum);
        Assert.Equal(Enumerable.Range(position.Durable, Batches - position.Durable), _read);
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task Given_a_silo_lost_in_a_stream_without_tasks_when_another_takes_its_place_then_masks_are_bit_identical(bool killed)
    {
        StreamDescription expected = await StreamAsync(_silo.Client, "undisturbed", killed);
        await using SupSupConnection connection = await SupSupConnection.ConnectAsync(_silo.Gateway, Stop);
        StreamDescription actual = await StreamAsync(connection.Client, "m", killed, 5, 15, 20, 29);
        Assert.Equal([(0, 0), (10, 1), (20, 0), (30, 1)], expected.Allocations.Select(segment => (segment.Batch, segment.Task!.Value)));
        Assert.Equal(expected.Allocations, actual.Allocations);
        Assert.Equal(expected.Position, actual.Position);
        SupSupModel undisturbed = await connection.Client.OpenAsync("undisturbed", Stop);
        SupSupModel model = await connection.Client.OpenAsync("m", Stop);
        Assert.Equal(2, (await model.DescribeAsync(Stop)).Tasks.Length);
        Assert.Equal((await undisturbed.DescribeAsync(Stop)).Tasks.Select(task => task.Checksum),
            (await model.DescribeAsync(Stop)).Tasks.Select(task => task.Checksum));
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task Given_a_silo_lost_in_a_training_when_another_takes_its_place_then_the_watch_goes_on_and_the_mask_is_bit_identical(
        bool killed)
    {
        TrainingOrder order = new() { Data = new TaskData { Dataset = "mnist", Seed = 7, Index = 0 }, Batches = 1500 };
        SupSupModel undisturbed = await _silo.Client.CreateAsync("undisturbed", Spec, Stop);
        string expected = (await undisturbed.LearnAsync(0, order, cancellationToken: Stop)).Checksum;

        await using SupSupConnection connection = await SupSupConnection.ConnectAsync(_silo.Gateway, Stop);
        SupSupModel model = await connection.Client.CreateAsync("m", Spec, Stop);
        List<TrainingProgress> steps = [];
        bool lost = false;
        await foreach (TrainingProgress step in model.TrainAsync(0, order, Stop))
        {
            steps.Add(step);
            if (lost || step.BatchesDone < 50) continue;
            Assert.False(step.IsFinal);
            lost = true;
            await RestartAsync(killed);
        }

        Assert.True(lost);
        Assert.Equal(expected, steps[^1].Summary?.Checksum);
        Assert.Equal(steps.SkipLast(1).Select(step => step.BatchesDone).Order(), steps.SkipLast(1).Select(step => step.BatchesDone));
    }

    // Two tasks of one batch each, which a mask soon knows by heart; segments of ten.
    private async Task<StreamDescription> StreamAsync(SupSupClient client, string name, bool killed, params int[] losses)
    {
        SupSupModel model = await client.CreateAsync(name, Spec, Stop);
        SupSupStream stream = await model.OpenStreamAsync("s", new StreamSpec { SegmentBatches = 10, Batches = 20 }, Stop);
        for (int number = 0; number < 40; number++)
        {
            if (losses.Contains(number)) await RestartAsync(killed);
            LabelledBatch batch = Batch(number / 10 % 2);
            StreamAnswer answer = await stream.SendAsync(batch.Inputs, batch.Labels, Stop);
            Assert.Equal((number + 1, number + 1), (answer.Next, stream.Next));
        }

        return await stream.DescribeAsync(Stop);
    }

    private Task<SiloProcess> StartAsync(SiloProcess? before = null) =>
        SiloProcess.StartAsync(_store, before, ("SupSup__Compute__CheckpointBatches", "10"), ("SupSup__Compute__CheckpointSeconds", "0.2"));

    private async Task RestartAsync(bool killed)
    {
        SiloProcess before = _silo;
        if (killed) await before.KillAsync();
        await before.DisposeAsync();
        _silo = await StartAsync(before);
    }

    private async IAsyncEnumerable<LabelledBatch> BatchesWithLossAsync(bool killed, params int[] losses)
    {
        for (int number = 0; number < Batches + 3; number++)
        {
            if (losses.Contains(number)) await RestartAsync(killed);
            _read.Add(number);
            yield return Batch(number);
        }
    }

    private async IAsyncEnumerable<LabelledBatch> FromAsync(int start)
    {
        for (int number = start; number < Batches; number++)
        {
            await Task.Yield();
            _read.Add(number);
            yield return Batch(number);
        }
    }

    private static LabelledBatch Batch(int number)
    {
        float[] values = [.. Enumerable.Range(0, 8 * 784).Select(i => MathF.Cos(i * (number + 1)))];
        return new LabelledBatch { Inputs = new InputBatch { Rows = 8, Values = values }, Labels = [0, 1, 2, 3, 4, 5, 6, 7] };
    }
}
