using SupSup.Client;
using SupSup.Core.Random;
using SupSup.Core.Tasks;
using SupSup.Core.Training;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Tests.Hosting;

namespace SupSup.Grains.Tests.Tasks;

public sealed class SubmittedBatchesTests : IAsyncLifetime
{
    private const int Batches = 40;
    private readonly TemporaryStore _store = new();
    private readonly TrainingOrder _order = new() { Data = null, Batches = Batches };
    private LabelledBatch[] _batches = [];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        // The batches that the silo would make itself for task 0.
        ClassificationTask task = await RealData.TaskAsync(0);
        BatchOrder order = new(task.TrainCount, TaskSeed.Derive(RealData.Spec.Seed, 0));
        _batches = [.. Enumerable.Range(0, Batches).Select(_ =>
        {
            int[] indices = new int[128];
            order.Next(indices);
            float[] inputs = new float[128 * 784];
            int[] labels = new int[128];
            task.FillTrain(indices, inputs, labels);
            return new LabelledBatch { Inputs = new InputBatch { Rows = 128, Values = inputs }, Labels = labels };
        })];
    }

    public ValueTask DisposeAsync()
    {
        _store.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Given_batches_of_the_callers_own_when_submitted_then_the_mask_is_the_one_the_silo_makes_from_the_same_data()
    {
        await using TestSilo silo = await StartAsync();
        SupSupModel model = await silo.Client.CreateAsync("m", RealData.Spec, Stop);
        List<StreamPosition> positions = [];
        TaskSummary submitted = await model.LearnAsync(0, _order, BatchAsync, positions.Add, Stop);
        SupSupModel other = await silo.Client.CreateAsync("other", RealData.Spec, Stop);
        TaskSummary made = await other.LearnAsync(0, RealData.Order(0, Batches), cancellationToken: Stop);
        Assert.Equal(made.Checksum, submitted.Checksum);
        Assert.Equal(made.Loss, submitted.Loss, 1e-9);
        Assert.Equal(positions.Select(position => position.Trained).Order(), positions.Select(position => position.Trained));
        Assert.Equal((Batches, Batches), (positions[^1].Trained, positions[^1].Durable));
        Assert.All(positions, position => Assert.InRange(position.Trained - position.Durable, 0, 9));
        Assert.Equal(submitted, Assert.Single((await model.DescribeAsync(Stop)).Tasks));
        Assert.Equal(submitted, await model.LearnAsync(0, _order, BatchAsync, cancellationToken: Stop));
        Assert.False(File.Exists(_store.File("checkpoint", "task", "m/0")));
        await Expect.ErrorAsync(
            SupSupError.InvalidRequest, () => model.EvaluateAsync(0, cancellationToken: Stop), "m/0", "submitted batches");
        Assert.InRange((await model.EvaluateAsync(0, RealData.Order(0).Data, Stop)).Accuracy, 0.7, 1);
    }

    [Fact]
    public async Task Given_a_silo_that_restarts_when_batches_are_submitted_then_the_stream_goes_on_and_the_mask_is_bit_identical()
    {
        string undisturbed;
        await using (TestSilo silo = await StartAsync())
        {
            SupSupModel other = await silo.Client.CreateAsync("other", RealData.Spec, Stop);
            undisturbed = (await other.LearnAsync(0, _order, BatchAsync, cancellationToken: Stop)).Checksum;
            ITaskGrain task = await OpenAsync(silo, "m");
            for (int n = 0; n < 15; n++) await task.SubmitAsync(n, _batches[n], Stop);
        }

        // What a crash, which has no time for a last checkpoint, leaves: the one after ten batches.
        byte[] graceful = await File.ReadAllBytesAsync(_store.File("checkpoint", "task", "m/0"), Stop);
        await using (TestSilo silo = await StartAsync())
        {
            ITaskGrain task = silo.Grains.GetGrain<ITaskGrain>("m/0");
            StreamPosition position = await task.SubmitAsync(0, _batches[0], Stop);
            Assert.Equal((15, 15), (position.Trained, position.Durable));
            for (int n = 15; n < 29; n++) position = await task.SubmitAsync(n, _batches[n], Stop);
            Assert.Equal((29, 25), (position.Trained, position.Durable));
        }

        await File.WriteAllBytesAsync(_store.File("checkpoint", "task", "m/0"), graceful, Stop);
        await using (TestSilo silo = await StartAsync())
        {
            List<StreamPosition> positions = [];
            SupSupModel model = await silo.Client.OpenAsync("m", Stop);
            Assert.Equal(undisturbed, (await model.LearnAsync(0, _order, BatchAsync, positions.Add, Stop)).Checksum);
            Assert.Equal((15, 15), (positions[0].Trained, positions[0].Durable));
        }
    }

    [Fact]
    public async Task Given_duplicate_early_and_late_batches_when_submitted_then_they_change_nothing_and_the_answer_says_what_is_wanted()
    {
        await using TestSilo silo = await StartAsync();
        SupSupModel other = await silo.Client.CreateAsync("other", RealData.Spec, Stop);
        string plain = (await other.LearnAsync(0, _order, BatchAsync, cancellationToken: Stop)).Checksum;
        ITaskGrain task = await OpenAsync(silo, "m");
        Assert.Equal(0, (await task.SubmitAsync(8, _batches[5], Stop)).Trained);
        StreamPosition last = null!;
        for (int n = 0; n < Batches; n++)
        {
            StreamPosition[] positions = await Task.WhenAll(
                task.SubmitAsync(n, _batches[n], Stop), task.SubmitAsync(n, _batches[n], Stop), task.SubmitAsync(n + 8, _batches[0], Stop),
                task.SubmitAsync(Math.Max(0, n - 1), _batches[1], Stop));
            Assert.Equal(n + 1, positions.Max(position => position.Trained));
            last = positions.MaxBy(position => position.Trained)!;
        }

        Assert.Equal(plain, last.Summary!.Checksum);
        Assert.Equal(plain, (await task.SubmitAsync(3, _batches[3], Stop)).Summary!.Checksum);
    }

    [Fact]
    public async Task Given_batches_that_cannot_be_meant_when_submitted_then_they_are_refused_and_the_stream_stays_whole()
    {
        await using TestSilo silo = await StartAsync();
        ITaskGrain closed = silo.Grains.GetGrain<ITaskGrain>("m/1");
        ITaskGrain task = await OpenAsync(silo, "m");
        await Expect.ErrorAsync(SupSupError.NotFound, () => closed.SubmitAsync(0, _batches[0], Stop), "m/1", "order its training");
        int[] labels = [.. _batches[0].Labels];
        labels[3] = 10;
        await Expect.ErrorAsync(
            SupSupError.InvalidRequest, () => task.SubmitAsync(0, _batches[0] with { Labels = labels }, Stop), "label 10", "0 to 9");
        await Expect.ErrorAsync(SupSupError.InvalidRequest, () => task.SubmitAsync(0, _batches[0] with { Labels = labels[1..] }, Stop),
            "127 labels", "128 rows");
        float[] values = [.. _batches[0].Inputs.Values];
        values[9] = float.PositiveInfinity;
        await Expect.ErrorAsync(SupSupError.InvalidRequest,
            () => task.SubmitAsync(0, _batches[0] with { Inputs = new InputBatch { Rows = 128, Values = values } }, Stop), "not finite");
        Assert.Equal(1, (await task.SubmitAsync(0, _batches[0], Stop)).Trained);
        await Expect.ErrorAsync(SupSupError.Conflict, () => task.TrainAsync(RealData.Order(0), Stop), "m/0", "submitted batches");
        await task.CancelTrainingAsync(Stop);
        Assert.Equal(TrainingState.Training, (await task.TrainAsync(_order with { Batches = 7 }, Stop)).State);
        Assert.Equal(0, (await task.SubmitAsync(1, _batches[1], Stop)).Trained); // when no one sends 0
    }

    private Task<TestSilo> StartAsync() => TestSilo.StartAsync(_store.Folder, settings =>
    {
        settings.Compute.CheckpointBatches = 10;
        settings.Compute.StreamGapSeconds = 0.2;
    });

    private async Task<ITaskGrain> OpenAsync(TestSilo silo, string model)
    {
        await silo.Client.CreateAsync(model, RealData.Spec, Stop);
        ITaskGrain task = silo.Grains.GetGrain<ITaskGrain>($"{model}/0");
        await task.TrainAsync(_order, Stop);
        return task;
    }

    private ValueTask<LabelledBatch> BatchAsync(int number, CancellationToken cancellationToken) => ValueTask.FromResult(_batches[number]);
}
