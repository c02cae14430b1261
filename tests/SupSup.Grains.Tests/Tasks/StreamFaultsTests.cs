using CsCheck;
using SupSup.Client;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Tests.Hosting;

namespace SupSup.Grains.Tests.Tasks;

/// <summary>Streams of submitted batches over a real silo, with everything that a network and impatient clients do to them.</summary>
public sealed class StreamFaultsTests : IAsyncLifetime
{
    private const int Batches = 36;
    private const int Window = 8;
    private readonly TemporaryStore _store = new();
    private readonly TrainingOrder _order = new() { Data = null, Batches = Batches };
    private TestSilo _silo = null!;
    private string _undisturbed = "";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _silo = await StartAsync();
        SupSupModel model = await _silo.Client.CreateAsync("undisturbed", RealData.Spec, Stop);
        _undisturbed = (await model.LearnAsync(0, _order, BatchAsync, cancellationToken: Stop)).Checksum;
    }

    public async ValueTask DisposeAsync()
    {
        await _silo.DisposeAsync();
        _store.Dispose();
    }

    [Fact]
    public Task Given_batches_shuffled_repeated_lost_and_cancelled_when_silos_restart_then_the_mask_is_bit_identical()
    {
        int models = 0;
        return Gen.Int.SampleAsync(
            async seed =>
            {
                Random random = new(seed);
                string name = $"m{models++}";
                ITaskGrain task = await OpenAsync(name);
                StreamPosition position = new() { Trained = 0, Durable = 0 };
                int restartAt = random.Next(5, Batches - 5);
                while (position.Summary is null)
                {
                    if (position.Trained >= restartAt)
                    {
                        restartAt = int.MaxValue;
                        await _silo.DisposeAsync();
                        _silo = await StartAsync();
                        task = _silo.Grains.GetGrain<ITaskGrain>($"{name}/0");
                    }

                    // Some of what is wanted soon, in any order, some of it twice, some of what is past, some far ahead.
                    int[] numbers = [.. Enumerable.Range(Math.Max(0, position.Trained - 2), Window + 4)
                        .Where(number => number < Batches && random.Next(4) > 0)];
                    numbers = [.. numbers, .. numbers.Where(_ => random.Next(3) == 0)];
                    random.Shuffle(numbers);
                    using CancellationTokenSource impatient = new();
                    Task<StreamPosition>[] calls = [
                        .. numbers.Select(number => task.SubmitAsync(number, Batch(number), random.Next(5) == 0 ? impatient.Token : Stop))];
                    if (random.Next(2) == 0) await impatient.CancelAsync();
                    foreach (Task<StreamPosition> call in calls)
                    {
                        try
                        {
                            StreamPosition answer = await call;
                            Assert.True(answer.Durable <= answer.Trained);
                            if (answer.Trained >= position.Trained) position = answer;
                        }
                        catch (OperationCanceledException) when (impatient.IsCancellationRequested)
                        {
                        }
                    }
                }

                Assert.Equal(_undisturbed, position.Summary.Checksum);
            },
            iter: 6,
            threads: 1);
    }

    [Fact]
    public async Task Given_two_clients_when_they_stream_the_same_task_then_both_get_the_same_mask()
    {
        await OpenAsync("m");
        SupSupModel model = await _silo.Client.OpenAsync("m", Stop);
        TaskSummary[] summaries = await Task.WhenAll(
            model.LearnAsync(0, _order, BatchAsync, cancellationToken: Stop), model.LearnAsync(
                0, _order, BatchAsync, cancellationToken: Stop), model.LearnAsync(0, _order, BatchAsync, cancellationToken: Stop));
        Assert.All(summaries, summary => Assert.Equal(_undisturbed, summary.Checksum));
    }

    [Fact]
    public async Task Given_more_batches_ahead_than_may_wait_when_submitted_then_the_rest_is_sent_back_at_once_and_the_wanted_one_gets_in()
    {
        await RestartAsync(gapSeconds: 600);
        ITaskGrain task = await OpenAsync("m");
        Task<StreamPosition>[] waiting =
            [.. Enumerable.Range(1, Window - 1).Append(3).Select(number => task.SubmitAsync(number, Batch(number), Stop))];
        Assert.Equal(0, (await task.SubmitAsync(Window, Batch(Window), Stop)).Trained);
        Assert.Equal(0, (await task.SubmitAsync(2, Batch(2), Stop)).Trained);
        Assert.All(waiting, call => Assert.False(call.IsCompleted));
        Assert.True((await task.SubmitAsync(0, Batch(0), Stop)).Trained >= 1);
        StreamPosition[] positions = await Task.WhenAll(waiting);
        Assert.Equal(Window, positions.Max(position => position.Trained));
        Assert.All(positions.Take(Window - 1).Select((position, n) => (position, number: n + 1)),
            call => Assert.True(call.position.Trained > call.number));
    }

    [Fact]
    public async Task Given_batches_that_wait_when_they_are_cancelled_or_the_stream_is_then_they_end()
    {
        await RestartAsync(gapSeconds: 600);
        ITaskGrain task = await OpenAsync("m");
        using CancellationTokenSource caller = new();
        Task<StreamPosition> cancelled = task.SubmitAsync(1, Batch(1), caller.Token);
        Task<StreamPosition> waiting = task.SubmitAsync(2, Batch(2), Stop);
        Assert.Equal(0, (await task.SubmitAsync(Window, Batch(Window), Stop)).Trained);
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        Assert.False(waiting.IsCompleted);
        await task.CancelTrainingAsync(Stop);
        await Expect.ErrorAsync(SupSupError.NotFound, () => waiting, "m/0", "closed");
        await Expect.ErrorAsync(SupSupError.NotFound, () => task.FlushAsync(Stop), "m/0");
        await task.TrainAsync(_order, Stop);
        Assert.Equal(1, (await task.SubmitAsync(0, Batch(0), Stop)).Trained);
    }

    [Fact]
    public async Task Given_a_client_that_pauses_when_time_passes_then_what_it_sent_becomes_durable()
    {
        await RestartAsync(checkpointSeconds: 0.05);
        ITaskGrain task = await OpenAsync("m");
        for (int number = 0; number < 3; number++) await task.SubmitAsync(number, Batch(number), Stop);
        StreamPosition position;
        do position = await task.SubmitAsync(0, Batch(0), Stop); // it was trained already and changes nothing
        while (position.Durable < 3);
        Assert.Equal((3, 3), (position.Trained, position.Durable));
    }

    [Fact]
    public async Task Given_a_stream_when_flushed_then_what_was_trained_is_durable_and_a_trained_task_answers_too()
    {
        ITaskGrain task = await OpenAsync("m");
        Assert.Equal(new StreamPosition { Trained = 0, Durable = 0 }, await task.FlushAsync(Stop));
        for (int number = 0; number < 7; number++) Assert.Equal(0, (await task.SubmitAsync(number, Batch(number), Stop)).Durable);
        Assert.Equal(new StreamPosition { Trained = 7, Durable = 7 }, await task.FlushAsync(Stop));
        StreamPosition position = new() { Trained = 0, Durable = 0 };
        for (int number = 7; number < Batches; number++) position = await task.SubmitAsync(number, Batch(number), Stop);
        Assert.Equal(_undisturbed, position.Summary?.Checksum);
        Assert.Equal(position, await task.FlushAsync(Stop));
        SupSupModel model = await _silo.Client.OpenAsync("m", Stop);
        Assert.Equal(position, await model.GetPositionAsync(0, Stop));
        await Expect.ErrorAsync(SupSupError.NotFound, () => model.GetPositionAsync(1, Stop), "m/1", "order its training");
    }

    [Fact]
    public async Task Given_a_store_that_fails_when_batches_are_submitted_then_nothing_is_lost_and_they_may_be_submitted_again()
    {
        ITaskGrain task = await OpenAsync("m");
        string record = _store.File("checkpoint", "task", "m/0");
        File.Move(record, record + ".away");
        File.CreateSymbolicLink(record, record); // no one can read it: it leads to itself
        for (int number = 0; number < 9; number++) await task.SubmitAsync(number, Batch(number), Stop);
        await Expect.ErrorAsync(SupSupError.Unavailable, () => task.SubmitAsync(9, Batch(9), Stop), "checkpoint");
        await Expect.ErrorAsync(SupSupError.Unavailable, () => task.FlushAsync(Stop), "checkpoint");
        await Expect.ErrorAsync(SupSupError.Unavailable, () => task.SubmitAsync(9, Batch(9), Stop), "checkpoint");
        File.Delete(record);
        File.Move(record + ".away", record);
        Assert.Equal(
            (10, 10), (await task.SubmitAsync(9, Batch(9), Stop)) is var position ? (position.Trained, position.Durable) : default);
        SupSupModel model = await _silo.Client.OpenAsync("m", Stop);
        Assert.Equal(_undisturbed, (await model.LearnAsync(0, _order, BatchAsync, cancellationToken: Stop)).Checksum);
    }

    [Fact]
    public async Task Given_a_batch_of_too_many_rows_when_submitted_then_it_is_refused()
    {
        await _silo.DisposeAsync();
        _silo = await StartAsync(batchRows: 7);
        ITaskGrain task = await OpenAsync("m");
        await Expect.ErrorAsync(SupSupError.InvalidRequest, () => task.SubmitAsync(0, Batch(0), Stop), "8 rows", "at most 7");
    }

    private async Task RestartAsync(double gapSeconds = 0.05, double checkpointSeconds = 600)
    {
        await _silo.DisposeAsync();
        _silo = await StartAsync(gapSeconds, checkpointSeconds);
    }

    private Task<TestSilo> StartAsync(double gapSeconds = 0.05, double checkpointSeconds = 600, int batchRows = 65_536) =>
        TestSilo.StartAsync(_store.Folder, settings =>
        {
            settings.Compute.CheckpointBatches = 10;
            settings.Compute.CheckpointSeconds = checkpointSeconds;
            settings.Compute.StreamWindow = Window;
            settings.Compute.StreamGapSeconds = gapSeconds;
            settings.Compute.StreamBatchRows = batchRows;
        });

    private async Task<ITaskGrain> OpenAsync(string model)
    {
        await _silo.Client.CreateAsync(model, RealData.Spec, Stop);
        ITaskGrain task = _silo.Grains.GetGrain<ITaskGrain>($"{model}/0");
        await task.TrainAsync(_order, Stop);
        return task;
    }

    private static ValueTask<LabelledBatch> BatchAsync(int number, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Batch(number));

    private static LabelledBatch Batch(int number)
    {
        float[] values = [.. Enumerable.Range(0, 8 * 784).Select(i => MathF.Cos(i * (number + 1)))];
        return new LabelledBatch { Inputs = new InputBatch { Rows = 8, Values = values }, Labels = [0, 1, 2, 3, 4, 5, 6, 7] };
    }
}
