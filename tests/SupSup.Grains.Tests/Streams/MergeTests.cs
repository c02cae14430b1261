using SupSup.Client;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Storage;
using SupSup.Grains.Tests.Hosting;

namespace SupSup.Grains.Tests.Streams;

public sealed class MergeTests : IAsyncLifetime
{
    private const int Segment = TaskStreams.Segment;
    private SiloCluster _cluster = null!;
    private SupSupModel _model = null!;
    private IStreamGrain _stream = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    // So strict that a mask does not fit new batches of its own task, as it did the last that it was trained on.
    private static StreamSpec Strict { get; } = TaskStreams.Spec with { Batches = Segment, Fit = 1 };

    public async ValueTask InitializeAsync()
    {
        _cluster = await SiloCluster.StartAsync([false]);
        _model = await _cluster.Client.CreateAsync("m", RealData.Spec, Stop);
        _stream = _cluster.Grains.GetGrain<IStreamGrain>("m/days");
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Given_two_masks_of_one_task_when_the_second_is_learned_then_the_better_one_stays_and_inference_is_right()
    {
        LabelledBatch[] batches = await TaskStreams.MakeAsync(10, 11, 10, 12);
        await _stream.OpenAsync(Strict, Stop);
        Assert.Equal(3, (await TaskStreams.SubmitAsync(_stream, batches, (3 * Segment) - 1)).Masks);
        Assert.Equal(2, (await TaskStreams.SubmitAsync(_stream, batches, 3 * Segment)).Masks);
        Assert.Equal(3, (await TaskStreams.SubmitAsync(_stream, batches, 4 * Segment)).Masks);
        StreamDescription description = await _stream.DescribeAsync(Stop);
        Assert.Equal([0, 1, 2, 3], description.Allocations.Select(segment => segment.Task));
        StreamMerge merge = Assert.Single(description.Merges);
        Assert.Equal([0, 2], ((int[])[merge.Removed, merge.Into]).Order());
        Assert.Equal(((int[])[merge.Into, 1, 3]).Order(), description.Learned.Order());
        Assert.Equal(description.Learned.Order(), (await _model.DescribeAsync(Stop)).Tasks.Select(task => task.Task).Order());
        foreach ((int data, int task) in ((int, int)[])[(10, merge.Into), (11, 1), (12, 3)])
        {
            Prediction[] predictions = await _model.InferAsync(
                (await RealData.TestImagesAsync(data, 0, 100)).Inputs, cancellationToken: Stop);
            Assert.InRange(predictions.Count(prediction => prediction.Task == task), 85, 100);
        }

        Assert.False(_cluster.Storage.Holds(StorageNames.StreamSample, "stream-sample", $"m/days/{merge.Removed}"));
        foreach (int task in (int[])[0, 1, 2, 3, 99]) Assert.Null(await _stream.MergeAsync(task, Stop));
        Assert.Equal(3, (await _stream.DescribeAsync(Stop)).Position.Masks);
    }

    [Fact]
    public async Task Given_a_mask_that_another_caller_removed_when_its_task_comes_back_then_a_new_one_is_allocated()
    {
        LabelledBatch[] batches = await TaskStreams.MakeAsync(10, 11, 10, 11, 10);
        await _stream.OpenAsync(TaskStreams.Spec with { Batches = Segment }, Stop);
        await TaskStreams.SubmitAsync(_stream, batches, 2 * Segment);
        await _model.DeleteTaskAsync(0, Stop);
        StreamAnswer answer = await TaskStreams.SubmitAsync(_stream, batches, batches.Length);
        Assert.Equal(5L * Segment, answer.Next);
        Assert.Equal([0, 1, 2, 1, 2], (await _stream.DescribeAsync(Stop)).Allocations.Select(segment => segment.Task));
        Assert.Null(await _stream.MergeAsync(0, Stop));
        Assert.Equal(2, (await _stream.DescribeAsync(Stop)).Position.Masks);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Given_a_mask_that_another_caller_cancels_in_training_when_its_segment_goes_on_then_it_is_decided_again(bool restarts)
    {
        LabelledBatch[] batches = await TaskStreams.MakeAsync(10);
        await _stream.OpenAsync(TaskStreams.Spec, Stop);
        await TaskStreams.SubmitAsync(_stream, batches, 10);
        await _cluster.Grains.GetGrain<ITaskGrain>("m/0").CancelTrainingAsync(Stop);
        if (restarts) await _cluster.DeactivateAsync(_stream);
        StreamAnswer answer = await TaskStreams.SubmitAsync(_stream, batches, batches.Length);
        Assert.Equal((long)Segment, answer.Next);
        if (!restarts) Assert.Equal(
            [(0, 0), (10, 1)], (await _stream.DescribeAsync(Stop)).Allocations.Select(segment => (segment.Batch, segment.Task!.Value)));
    }
}
