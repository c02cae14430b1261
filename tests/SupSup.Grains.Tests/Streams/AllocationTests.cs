using SupSup.Client;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Tests.Hosting;
using static SupSup.Grains.Interfaces.Models.StreamAllocationKind;

namespace SupSup.Grains.Tests.Streams;

public sealed class AllocationTests : IAsyncLifetime
{
    private const int Segment = TaskStreams.Segment;
    private SiloCluster _cluster = null!;
    private SupSupModel _model = null!;
    private IStreamGrain _stream = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _cluster = await SiloCluster.StartAsync([false]);
        _model = await _cluster.Client.CreateAsync("m", RealData.Spec, Stop);
        _stream = _cluster.Grains.GetGrain<IStreamGrain>(GrainKeys.Stream("m", "days"));
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Given_tasks_that_follow_and_come_back_when_streamed_then_each_gets_one_mask_and_inference_knows_them()
    {
        LabelledBatch[] batches = await TaskStreams.MakeAsync(10, 10, 11, 11, 10, 12);
        StreamAnswer start = await _stream.OpenAsync(TaskStreams.Spec, Stop);
        Assert.Equal((0, 0, 0), (start.Next, start.Durable, start.Masks));
        StreamAnswer end = await TaskStreams.SubmitAsync(_stream, batches, batches.Length);
        Assert.Equal((6L * Segment, 6L * Segment, 3), (end.Next, end.Durable, end.Masks));
        StreamDescription description = await _stream.DescribeAsync(Stop);
        Assert.Equal([(0, Allocated), (0, Continued), (1, Allocated), (1, Continued), (0, Reused), (2, Allocated)],
            description.Allocations.Select(segment => (segment.Task!.Value, segment.Kind)));
        Assert.Equal(Enumerable.Range(0, 6).Select(n => (long)n * Segment), description.Allocations.Select(segment => segment.Batch));
        Assert.Equal([0, 1], description.Learned);
        Assert.Equal([2], description.InTraining);

        StreamAnswer completed = await _stream.CompleteAsync(Stop);
        Assert.Equal((end.Next, end.Next, 3), (completed.Next, completed.Durable, completed.Masks));
        Assert.Equal([0, 1, 2], (await _model.DescribeAsync(Stop)).Tasks.Select(task => task.Task));
        for (int task = 0; task < 3; task++)
        {
            (InputBatch inputs, int[] labels) = await RealData.TestImagesAsync(10 + task, 0, 100);
            Prediction[] predictions = await _model.InferAsync(inputs, cancellationToken: Stop);
            Assert.InRange(predictions.Count(prediction => prediction.Task == task), 85, 100);
            Assert.InRange(predictions.Where((prediction, row) => prediction.Class == labels[row]).Count(), 60, 100);
        }
    }

    [Fact]
    public async Task Given_activations_that_end_in_the_middle_when_streamed_on_then_the_masks_are_those_of_an_undisturbed_stream()
    {
        LabelledBatch[] batches = await TaskStreams.MakeAsync(10, 11, 10, 11);
        await _stream.OpenAsync(TaskStreams.Spec, Stop);
        await TaskStreams.SubmitAsync(_stream, batches, batches.Length);
        IStreamGrain disturbed = _cluster.Grains.GetGrain<IStreamGrain>("m/disturbed");
        SupSupModel other = await _cluster.Client.CreateAsync("other", RealData.Spec, Stop);
        disturbed = _cluster.Grains.GetGrain<IStreamGrain>("other/disturbed");
        await disturbed.OpenAsync(TaskStreams.Spec, Stop);
        foreach (int until in (int[])[7, Segment - 1, Segment, Segment + 1, (3 * Segment) - 1, batches.Length])
        {
            StreamAnswer before = await TaskStreams.SubmitAsync(disturbed, batches, until);
            await _cluster.DeactivateAsync(disturbed);
            await _cluster.DeactivateAsync(_cluster.Grains.GetGrain<ITaskGrain>("other/0"));
            StreamAnswer after = (await disturbed.DescribeAsync(Stop)).Position;
            Assert.Equal((before.Next, before.Masks), (after.Next, after.Masks));
            Assert.InRange(after.Durable, before.Durable, after.Next);
        }

        TaskSummary[] plain = [.. (await _model.DescribeAsync(Stop)).Tasks];
        TaskSummary[] resumed = [.. (await other.DescribeAsync(Stop)).Tasks];
        Assert.Equal([0, 1], plain.Select(task => task.Task));
        Assert.Equal(plain.Select(task => task.Checksum), resumed.Select(task => task.Checksum));
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task Given_a_silo_lost_between_the_last_batch_of_a_segment_and_its_end_when_asked_again_then_the_segment_ends(bool flushes)
    {
        LabelledBatch[] batches = await TaskStreams.MakeAsync(10, 11, 10);
        await _stream.OpenAsync(TaskStreams.Spec, Stop);
        await TaskStreams.SubmitAsync(_stream, batches, batches.Length);
        SupSupModel other = await _cluster.Client.CreateAsync("other", RealData.Spec, Stop);
        IStreamGrain lost = _cluster.Grains.GetGrain<IStreamGrain>("other/days");
        await lost.OpenAsync(TaskStreams.Spec, Stop);
        await TaskStreams.SubmitAsync(lost, batches, Segment - 1);
        await _cluster.DeactivateAsync(lost);

        // What the stream does with its last batch, but for its own record.
        ITaskGrain task = _cluster.Grains.GetGrain<ITaskGrain>("other/0");
        await task.SubmitAsync(Segment - 1, batches[Segment - 1], Stop);
        Assert.Equal(Segment, (await task.FlushAsync(Stop)).Durable);
        StreamAnswer again = flushes ? await lost.FlushAsync(Stop) : (await lost.DescribeAsync(Stop)).Position;
        Assert.Equal((Segment - 1L, Segment - 1L), (again.Next, again.Durable));
        StreamAnswer end = await TaskStreams.SubmitAsync(lost, batches, batches.Length);
        Assert.Equal((3L * Segment, 3L * Segment, 2), (end.Next, end.Durable, end.Masks));
        Assert.Equal(
            (await _model.DescribeAsync(Stop)).Tasks.Select(known => known.Checksum),
            (await other.DescribeAsync(Stop)).Tasks.Select(known => known.Checksum));
    }

    [Fact]
    public async Task Given_repeated_early_and_late_batches_when_submitted_then_they_change_nothing()
    {
        LabelledBatch[] batches = await TaskStreams.MakeAsync(10, 10);
        await _stream.OpenAsync(TaskStreams.Spec, Stop);
        await TaskStreams.SubmitAsync(_stream, batches, batches.Length);
        await _cluster.Client.CreateAsync("other", RealData.Spec, Stop);
        IStreamGrain noisy = _cluster.Grains.GetGrain<IStreamGrain>("other/days");
        await noisy.OpenAsync(TaskStreams.Spec, Stop);
        for (int n = 0; n < batches.Length; n++)
        {
            // Before the first there is none to be late, and of two batches of one number either may come first.
            LabelledBatch late = n == 0 ? batches[0] : batches[5];
            StreamAnswer[] answers = await Task.WhenAll(
                noisy.SubmitAsync(n + 3, batches[0], Stop), noisy.SubmitAsync(n, batches[n], Stop), noisy.SubmitAsync(n, batches[n], Stop),
                noisy.SubmitAsync(Math.Max(0, n - 1), late, Stop));
            Assert.Equal(n + 1, answers.Max(answer => answer.Next));
        }

        Assert.Equal(
            (await _model.DescribeAsync(Stop)).Tasks.Single().Checksum,
            (await (await _cluster.Client.OpenAsync("other", Stop)).DescribeAsync(Stop)).Tasks.Single().Checksum);
    }

    [Fact]
    public async Task Given_a_cap_when_more_tasks_come_then_nothing_is_allocated_and_every_answer_says_so()
    {
        LabelledBatch[] batches = await TaskStreams.MakeAsync(10, 11, 12, 10);
        await _stream.OpenAsync(TaskStreams.Spec with { Batches = Segment, MaskCap = 1 }, Stop);
        Assert.False((await TaskStreams.SubmitAsync(_stream, batches, Segment)).CapReached);
        StreamAnswer full = await TaskStreams.SubmitAsync(_stream, batches, Segment + 1);
        Assert.True(full.CapReached);
        Assert.Equal((1, new StreamAllocation(Segment, 0, Refused)), (full.Masks, full.Allocation));
        StreamAnswer end = await TaskStreams.SubmitAsync(_stream, batches, batches.Length);
        Assert.Equal((4L * Segment, new StreamAllocation(3 * Segment, 0, Reused)), (end.Next, end.Allocation));
        StreamDescription description = await _stream.DescribeAsync(Stop);
        Assert.Equal((2, 0), (description.RefusedSegments, description.CrowdedSegments));

        IStreamGrain crowded = _cluster.Grains.GetGrain<IStreamGrain>("m/crowded");
        LabelledBatch[] others = await TaskStreams.MakeAsync(20, 21);
        await crowded.OpenAsync(TaskStreams.Spec with { MaskCap = 1 }, Stop);
        await TaskStreams.SubmitAsync(crowded, others, others.Length);
        description = await crowded.DescribeAsync(Stop);
        Assert.Equal([Allocated, Crowded], description.Allocations.Select(segment => segment.Kind));
        Assert.Equal((0, 1), (description.RefusedSegments, description.CrowdedSegments));
        Assert.True(description.Position.CapReached);
    }

    [Fact]
    public async Task Given_a_cap_when_a_mask_is_deleted_by_others_then_it_makes_room()
    {
        LabelledBatch[] batches = await TaskStreams.MakeAsync(10, 11, 12);
        await _stream.OpenAsync(TaskStreams.Spec with { Batches = Segment, MaskCap = 1 }, Stop);
        Assert.Equal(Refused, (await TaskStreams.SubmitAsync(_stream, batches, 2 * Segment)).Allocation!.Kind);
        await _model.DeleteTaskAsync(0, Stop);
        StreamAnswer end = await TaskStreams.SubmitAsync(_stream, batches, batches.Length);
        Assert.Equal((1, new StreamAllocation(2 * Segment, 1, Allocated)), (end.Masks, end.Allocation));
        await _stream.CompleteAsync(Stop);
        Assert.Equal([1], (await _stream.DescribeAsync(Stop)).Learned);
        Assert.Equal([1], (await _model.DescribeAsync(Stop)).Tasks.Select(learned => learned.Task));
    }

    [Fact]
    public async Task Given_what_cannot_be_meant_when_streamed_then_one_line_says_what()
    {
        LabelledBatch batch = (await TaskStreams.MakeAsync(10))[0];
        await Expect.ErrorAsync(SupSupError.NotFound, () => _stream.SubmitAsync(0, batch, Stop), "m/days", "open it first");
        await Expect.ErrorAsync(
            SupSupError.NotFound, () => _cluster.Grains.GetGrain<IStreamGrain>("nowhere/s").OpenAsync(TaskStreams.Spec, Stop), "'nowhere'");
        await Expect.ErrorAsync(
            SupSupError.InvalidRequest, () => _stream.OpenAsync(TaskStreams.Spec with { SegmentBatches = 0 }, Stop), "segment of 0");
        await Expect.ErrorAsync(
            SupSupError.InvalidRequest, () => _stream.OpenAsync(TaskStreams.Spec with { MaskCap = 0 }, Stop), "at most 0 masks");
        await Expect.ErrorAsync(
            SupSupError.InvalidRequest, () => _stream.OpenAsync(TaskStreams.Spec with { Fit = 1.5 }, Stop), "fit of 1.5");
        await Expect.ErrorAsync(
            SupSupError.InvalidRequest, () => _stream.OpenAsync(TaskStreams.Spec with { Recipe = "none" }, Stop), "'none'");
        await _stream.OpenAsync(TaskStreams.Spec, Stop);
        await _stream.OpenAsync(TaskStreams.Spec, Stop);
        await Expect.ErrorAsync(
            SupSupError.Conflict, () => _stream.OpenAsync(TaskStreams.Spec with { MaskCap = 3 }, Stop), "m/days", "at most 3 masks");
        await Expect.ErrorAsync(
            SupSupError.InvalidRequest, () => _stream.SubmitAsync(0, batch with { Labels = [1] }, Stop), "1 labels", "128 rows");
        Assert.Equal(1, (await _stream.SubmitAsync(0, batch, Stop)).Next);
        Assert.Throws<SupSupException>(() => GrainKeys.Stream("m", "a/b"));
    }
}
