using SupSup.Client;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Tests.Hosting;

namespace SupSup.Grains.Tests.Coordinator;

public sealed class UnknownTests : IAsyncLifetime
{
    private const int Tasks = 10;
    private readonly TemporaryStore _store = new();
    private TestSilo _silo = null!;
    private SupSupModel _model = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _silo = await TestSilo.StartAsync(_store.Folder);
        _model = await _silo.Client.CreateAsync("m", RealData.Spec, Stop);
    }

    public async ValueTask DisposeAsync()
    {
        await _silo.DisposeAsync();
        _store.Dispose();
    }

    [Fact]
    public async Task Given_a_calibrated_threshold_when_tasks_were_never_learned_then_most_of_their_images_are_unknown_and_few_others()
    {
        await LearnAsync(Tasks);
        InferenceOptions options = new() { FirstLayerOnly = true };
        UnknownThreshold threshold = await _model.CalibrateUnknownAsync(await ImagesAsync(0, Tasks, 0, 40), 0.05, options, Stop);
        Assert.Equal(0.05, threshold.TargetRate);
        Assert.InRange(threshold.FalseAlarmRate, 0, 0.12);
        InferenceOptions asked = options with { UnknownUpTo = threshold.UpTo };
        Prediction[] known = await _model.InferAsync(await ImagesAsync(0, Tasks, 1000, 20), asked, Stop);
        Prediction[] unknown = await _model.InferAsync(await ImagesAsync(50, Tasks, 1000, 20), asked, Stop);
        Assert.InRange(known.Count(prediction => prediction.IsUnknown), 0, known.Length * 3 / 20);
        Assert.InRange(unknown.Count(prediction => prediction.IsUnknown), unknown.Length * 6 / 10, unknown.Length);
        Assert.All(known.Concat(unknown), prediction => Assert.Equal(prediction.Lead <= threshold.UpTo, prediction.IsUnknown));

        // What is marked is inferred as it is otherwise.
        Prediction[] plain = await _model.InferAsync(await ImagesAsync(50, Tasks, 1000, 20), options, Stop);
        Assert.Equal(plain.Select(prediction => (prediction.Task, prediction.Class)),
            unknown.Select(prediction => (prediction.Task, prediction.Class)));
        Assert.All(plain, prediction => Assert.False(prediction.IsUnknown));
    }

    // By what the tasks' records have, without samples, and with fewer tasks than a lead needs.
    [Fact]
    public async Task Given_a_rate_when_tasks_were_never_learned_then_most_of_their_images_are_unknown_and_few_others()
    {
        await LearnAsync(3);
        InferenceOptions asked = new() { UnknownRate = 0.02 };

        Prediction[] known = await _model.InferAsync(await ImagesAsync(0, 3, 1000, 60), asked, Stop);
        Prediction[] unknown = await _model.InferAsync(await ImagesAsync(50, 3, 1000, 60), asked, Stop);

        Assert.InRange(known.Count(prediction => prediction.IsUnknown), 0, known.Length / 10);
        Assert.InRange(unknown.Count(prediction => prediction.IsUnknown), unknown.Length * 8 / 10, unknown.Length);
        Assert.All(known.Concat(unknown), prediction => Assert.Equal(prediction.Typicality < 0.02, prediction.IsUnknown));

        // Half of the known are more typical than half of the training data.
        Assert.InRange(known.Count(prediction => prediction.Typicality > 0.5), known.Length / 4, known.Length * 3 / 4);
    }

    [Fact]
    public async Task Given_what_cannot_tell_unknown_inputs_when_asked_then_one_line_says_why()
    {
        await LearnAsync(2);
        InputBatch images = await ImagesAsync(0, 2, 0, 100);
        await Expect.ErrorAsync(
            SupSupError.InvalidRequest, () => _model.CalibrateUnknownAsync(images, cancellationToken: Stop), "has 2", "'m'", "at least 8");
        await Expect.ErrorAsync(SupSupError.InvalidRequest, () => _model.InferAsync(images, new InferenceOptions { UnknownUpTo = 1 }, Stop),
            "has 2", "leave UnknownUpTo out");
        await Expect.ErrorAsync(
            SupSupError.InvalidRequest, () => _model.InferAsync(images, new InferenceOptions { UnknownUpTo = double.NaN }, Stop), "NaN");
        await Expect.ErrorAsync(
            SupSupError.InvalidRequest, () => _model.InferAsync(images, new InferenceOptions { UnknownRate = 0.7 }, Stop), "0.7", "0.5");
        await Expect.ErrorAsync(
            SupSupError.InvalidRequest, () => _model.CalibrateUnknownAsync(images, 0, cancellationToken: Stop), "rate of 0");
        await Expect.ErrorAsync(
            SupSupError.InvalidRequest, () => _model.CalibrateUnknownAsync(images, 0.001, cancellationToken: Stop), "200 samples", "2000");
    }

    private Task<TaskSummary[]> LearnAsync(int tasks) =>
        Task.WhenAll(Enumerable.Range(0, tasks).Select(task => _model.LearnAsync(task, RealData.Order(task), cancellationToken: Stop)));

    private static async Task<InputBatch> ImagesAsync(int firstTask, int tasks, int start, int each)
    {
        List<float> values = [];
        for (int task = firstTask; task < firstTask + tasks; task++)
            values.AddRange((await RealData.TestImagesAsync(task, start, each)).Inputs.Values);
        return new InputBatch { Rows = tasks * each, Values = [.. values] };
    }
}
