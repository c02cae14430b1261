using System.Diagnostics;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Client.Tests;

public sealed class OverTheWireTests : IDisposable
{
    private static readonly ModelSpec Spec = new() { Inputs = 784, Hidden = [100], Outputs = 50, Classes = 10, Seed = 7 };
    private readonly string _store = Directory.CreateTempSubdirectory("supsup-client-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_store, recursive: true);

    [Fact]
    public async Task Given_a_silo_process_when_a_client_learns_and_asks_over_tcp_then_everything_arrives_whole_and_survives_a_restart()
    {
        TaskSummary learned;
        Prediction[] predictions;
        InputBatch inputs = new() { Rows = 3, Values = [.. Enumerable.Range(0, 3 * 784).Select(i => MathF.Sin(i))] };
        await using (SiloProcess silo = await SiloProcess.StartAsync(_store))
        {
            SupSupModel model = await silo.Client.CreateAsync("m", Spec, Stop);
            List<TrainingProgress> steps = [];
            learned = await model.LearnAsync(0, Order(0), steps.Add, Stop);
            Assert.Equal(learned, steps[^1].Summary);
            await model.LearnAsync(1, Order(1), cancellationToken: Stop);
            await model.LearnAsync(2, new TrainingOrder { Data = null, Batches = 5 }, (number, _) => ValueTask.FromResult(Batch(number)),
                cancellationToken: Stop);
            Assert.Equal(3, await model.AllocateTaskAsync(Stop));

            ModelDescription description = await model.DescribeAsync(Stop);
            Assert.Equal(Spec, description.Spec);
            Assert.Equal([0, 1, 2], description.Tasks.Select(task => task.Task));
            Assert.InRange((await model.EvaluateAsync(0, cancellationToken: Stop)).Accuracy, 0.6, 1);
            predictions = await model.InferAsync(inputs, new InferenceOptions { Objective = "H", Candidates = [0, 1] }, Stop);
            Assert.Equal(3, predictions.Length);
            Assert.All(predictions, prediction => Assert.Single(prediction.RunnersUp));
            Assert.Equal(3, (await model.PredictAsync(2, inputs, Stop)).Entropies.Length);
            Assert.Equal(learned.Bytes, (await model.GetMaskAsync(0, 2, Stop)).File.Length);
        }

        await using (SiloProcess silo = await SiloProcess.StartAsync(_store))
        {
            SupSupModel model = await silo.Client.OpenAsync("m", Stop);
            Assert.Contains(learned, (await model.DescribeAsync(Stop)).Tasks);
            Prediction[] again = await model.InferAsync(inputs, new InferenceOptions { Objective = "H", Candidates = [0, 1] }, Stop);
            Assert.Equal(predictions.Select(p => (p.Task, p.Class, p.Entropy)), again.Select(p => (p.Task, p.Class, p.Entropy)));
        }
    }

    [Fact]
    public async Task Given_errors_in_a_silo_process_when_a_client_meets_them_then_kind_and_message_arrive()
    {
        await using SiloProcess silo = await SiloProcess.StartAsync(_store);
        await ExpectAsync(SupSupError.NotFound, "'nowhere'", () => silo.Client.OpenAsync("nowhere", Stop));
        SupSupModel model = await silo.Client.CreateAsync("m", Spec, Stop);
        await ExpectAsync(SupSupError.Conflict, "seed 8", () => silo.Client.CreateAsync("m", Spec with { Seed = 8 }, Stop));
        await ExpectAsync(
            SupSupError.InvalidRequest, "'none'", () => model.LearnAsync(0, Order(0) with { Recipe = "none" }, cancellationToken: Stop));
        await ExpectAsync(SupSupError.InvalidRequest, "no-such", () => model.LearnAsync(
            0, Order(0) with { Data = Order(0).Data! with { Dataset = "no-such" } }, cancellationToken: Stop));
        await ExpectAsync(SupSupError.InvalidRequest, "2 rows", () => model.InferAsync(
            new InputBatch { Rows = 2, Values = new float[5] }, cancellationToken: Stop));
    }

    [Fact]
    public async Task Given_settings_out_of_range_when_the_silo_starts_then_each_mistake_is_a_line_and_the_code_is_2()
    {
        using Process process = SiloProcess.Start(
            ("SupSup__Storage__Directory", _store), ("SupSup__Endpoints__SiloPort", "0"), ("SupSup__Compute__InferencePasses", "0"));
        string error = await process.StandardError.ReadToEndAsync(Stop);
        await process.WaitForExitAsync(Stop);
        Assert.Equal(2, process.ExitCode);
        string[] lines = error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.Contains("SiloPort", lines[0], StringComparison.Ordinal);
        Assert.Contains("InferencePasses", lines[1], StringComparison.Ordinal);
    }

    private static TrainingOrder Order(int task) =>
        new() { Data = new TaskData { Dataset = "mnist", Seed = 7, Index = task }, Batches = 30 };

    private static LabelledBatch Batch(int number)
    {
        float[] values = [.. Enumerable.Range(0, 4 * 784).Select(i => MathF.Cos(i * (number + 1)))];
        return new LabelledBatch { Inputs = new InputBatch { Rows = 4, Values = values }, Labels = [0, 1, 2, 3] };
    }

    private static async Task ExpectAsync(SupSupError kind, string words, Func<Task> call)
    {
        SupSupException error = await Assert.ThrowsAsync<SupSupException>(call);
        Assert.Equal(kind, error.Error);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }
}
