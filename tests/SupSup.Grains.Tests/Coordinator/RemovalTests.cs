using SupSup.Client;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Tests.Hosting;

namespace SupSup.Grains.Tests.Coordinator;

public sealed class RemovalTests : IDisposable
{
    private const int Tasks = 4;
    private readonly TemporaryStore _store = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task Given_a_removed_task_when_asked_then_it_is_gone_for_good_and_the_others_answer_as_if_it_had_never_been()
    {
        InputBatch images = (await RealData.TestImagesAsync(2, 0, 60)).Inputs;
        Prediction[] without;
        byte[] mask;
        await using (TestSilo silo = await TestSilo.StartAsync(_store.Folder))
        {
            SupSupModel other = await silo.Client.CreateAsync("other", RealData.Spec, Stop);
            foreach (int task in (int[])[0, 2, 3]) await other.LearnAsync(task, RealData.Order(task), cancellationToken: Stop);
            without = await other.InferAsync(images, cancellationToken: Stop);

            SupSupModel model = await LearnAsync(silo);
            Assert.Equal(Tasks - 1, (await model.InferAsync(images, cancellationToken: Stop))[0].RunnersUp.Length);
            TaskPredictions own = await model.PredictAsync(2, images, Stop);
            mask = await File.ReadAllBytesAsync(_store.File("mask", "task", "m/1"), Stop);
            await model.DeleteTaskAsync(1, Stop);
            await CheckAsync(silo, model, images, without);
            Assert.Equal(own.Entropies, (await model.PredictAsync(2, images, Stop)).Entropies);
            await model.LearnAsync(4, RealData.Order(4), cancellationToken: Stop);
            Assert.Equal([0, 2, 3, 4], (await model.InferAsync(images, cancellationToken: Stop))[0].RunnersUp
                .Select(candidate => candidate.Task).Append(2).Order());
            await model.DeleteTaskAsync(4, Stop);
        }

        // A crash may come between the directory and the records.
        await File.WriteAllBytesAsync(_store.File("mask", "task", "m/1"), mask, Stop);
        await using (TestSilo silo = await TestSilo.StartAsync(_store.Folder))
        {
            SupSupModel model = await silo.Client.OpenAsync("m", Stop);
            await model.DeleteTaskAsync(1, Stop);
            await CheckAsync(silo, model, images, without);
            Assert.Equal(5, await model.AllocateTaskAsync(Stop));
        }
    }

    [Fact]
    public async Task Given_tasks_that_are_removed_while_others_ask_when_asked_then_every_answer_is_of_a_task_that_was_there()
    {
        await using TestSilo silo = await TestSilo.StartAsync(_store.Folder);
        SupSupModel model = await LearnAsync(silo);
        InputBatch images = (await RealData.TestImagesAsync(3, 0, 4)).Inputs;
        Task removing = RemoveAsync();
        int asked = 0;
        do
        {
            Assert.Equal(3, (await model.InferAsync(images, cancellationToken: Stop))[0].Task);
            asked++;
        }
        while (!removing.IsCompleted || asked < 10);
        await removing;
        Assert.Equal([3], (await model.DescribeAsync(Stop)).Tasks.Select(task => task.Task));
        Assert.Empty((await model.InferAsync(images, cancellationToken: Stop))[0].RunnersUp);
        await model.DeleteTaskAsync(3, Stop);
        await Expect.ErrorAsync(SupSupError.NotFound, () => model.InferAsync(images, cancellationToken: Stop), "no task yet");

        async Task RemoveAsync()
        {
            for (int task = 0; task < Tasks - 1; task++) await model.DeleteTaskAsync(task, Stop);
        }
    }

    private async Task CheckAsync(TestSilo silo, SupSupModel model, InputBatch images, Prediction[] without)
    {
        Assert.Equal([0, 2, 3], (await model.DescribeAsync(Stop)).Tasks.Select(task => task.Task));
        Prediction[] after = await model.InferAsync(images, cancellationToken: Stop);
        Assert.Equal(without.Select(answer => (answer.Task, answer.Class)), after.Select(answer => (answer.Task, answer.Class)));
        Assert.All(after.Zip(without), answer => Assert.Equal(answer.Second.Entropy, answer.First.Entropy, 1e-4));

        // The scores are of the superposition, from which the mask was taken back.
        Assert.Equal(without.Select(Scores), after.Select(Scores));
        await Expect.ErrorAsync(SupSupError.NotFound,
            () => model.PredictAsync([1], new InputBatch { Rows = 1, Values = images.Values[..784] }, Stop), "task 1");
        await Expect.ErrorAsync(SupSupError.NotFound, () => model.PredictAsync(1, images, Stop), "m/1");
        await Expect.ErrorAsync(SupSupError.NotFound, () => model.GetMaskAsync(1, Stop), "m/1");
        await Expect.ErrorAsync(
            SupSupError.NotFound, () => model.InferAsync(images, new InferenceOptions { Candidates = [1] }, Stop), "task 1");
        await Expect.ErrorAsync(
            SupSupError.NotFound, () => model.LearnAsync(1, RealData.Order(1), cancellationToken: Stop), "m/1", "was removed");
        await Expect.ErrorAsync(SupSupError.NotFound, () => model.DeleteTaskAsync(99, Stop), "task 99", "not learned");
        Assert.Null(await silo.Grains.GetGrain<ITaskGrain>("m/1").DescribeAsync(Stop));
        Assert.False(File.Exists(_store.File("mask", "task", "m/1")));
        Assert.False(File.Exists(_store.File("task", "task", "m/1")));
        ModelHealth health = await model.CheckHealthAsync(Stop);
        Assert.True(health.IsWhole);
        Assert.Equal((3, 3), (health.Tasks, health.Shards.Sum(shard => shard.Tasks)));
    }

    private static IEnumerable<(int Task, float Score)> Scores(Prediction prediction) =>
        prediction.RunnersUp.Select(candidate => (candidate.Task, MathF.Round(candidate.Score, 4)))
            .OrderBy(candidate => candidate.Task).ToArray();

    private static async Task<SupSupModel> LearnAsync(TestSilo silo)
    {
        SupSupModel model = await silo.Client.CreateAsync("m", RealData.Spec, Stop);
        for (int task = 0; task < Tasks; task++) await model.LearnAsync(task, RealData.Order(task), cancellationToken: Stop);
        return model;
    }
}
