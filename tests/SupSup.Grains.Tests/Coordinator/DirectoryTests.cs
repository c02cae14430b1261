using System.Collections.Immutable;
using CsCheck;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;
using SupSup.Client;
using SupSup.Grains.Coordinator;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Storage;
using SupSup.Grains.Tests.Hosting;

namespace SupSup.Grains.Tests.Coordinator;

public sealed class DirectoryTests : IDisposable
{
    private readonly TemporaryStore _store = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _store.Dispose();

    [Fact]
    public void Given_any_history_when_a_copy_asks_what_changed_then_it_becomes_the_directory() =>
        Gen.Int[0, 9].Array[0, 60].Select(Gen.Int[0, 100], Gen.Int[0, 60], Gen.Bool).Sample((steps, logFrom, copyFrom, isLong) =>
        {
            // Each step adds a task, or replaces or removes one that is there; some change two shards.
            List<TaskDirectory> history = [TaskDirectory.Empty.With(
                Enumerable.Range(0, isLong ? 1000 : 0).Select(n => new DirectoryChange(n, new ShardSlot(n * 3, 1))))];
            List<int> changed = [];
            foreach (int step in steps)
            {
                TaskDirectory last = history[^1];
                int position = step < last.Positions ? (step * 7 + last.Positions / 2) % last.Positions : last.Positions;
                ShardSlot slot = position == last.Positions ? new ShardSlot(position * 3, 1)
                    : step % 3 == 0 ? ShardSlot.Empty(last[position].Version + 1)
                    : last[position] with { Version = last[position].Version + 1 };
                changed.Add(position);
                history.Add(last.With([new DirectoryChange(position, slot)]));
            }

            int from = Math.Min(logFrom, steps.Length);
            ChangeLog log = new(history[from].Revision);
            for (int n = from; n < steps.Length; n++) log.Add(history[n + 1].Revision, [changed[n]]);
            TaskDirectory copy = history[Math.Min(copyFrom, steps.Length)];
            DirectoryChanges? changes = log.Since(copy.Revision, history[^1], new ModelSpec { Classes = 2, Seed = 1 });
            Assert.Equal(copy.Revision == history[^1].Revision, changes is null);
            if (changes is not null) copy = (changes.Whole ? TaskDirectory.Empty : copy).With(changes.Changes);
            Assert.Equal(history[^1].Entries(), copy.Entries());
            Assert.Equal((history[^1].Revision, history[^1].Count), (copy.Revision, copy.Count));
            Assert.All(copy.Entries(), entry => Assert.Equal(entry.Slot.IsEmpty ? null : entry.Position, copy.Find(entry.Slot.Task)));
            Assert.Equal((copy.Parts.Sum(part => part.Scope.Slots.Length), history[^1].Positions), (copy.Count, copy.Positions));
            int[] there = [.. copy.Entries().Where(entry => !entry.Slot.IsEmpty).Select(entry => entry.Position)];
            Assert.Equal(there.Skip(logFrom), copy.Skip(logFrom));
            Assert.Equal(
                history[0].Skip(0).Where(position => copy[position].IsEmpty), history[0].RemovedIn(copy));
            Assert.Equal(
                there.Except(there.Take(3)), copy.PartsWithout([.. there.Take(3)]).SelectMany(part =>
                    part.Scope.Slots.Select(slot => (part.Shard * TaskDirectory.ShardSize) + slot)));
            Assert.Equal(copy.Revision, Enumerable.Range(0, copy.Shards).Sum(copy.ShardRevision));
        });

    [Theory]
    [InlineData(1)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(1500)]
    public async Task Given_many_tasks_when_the_silo_restarts_then_the_directory_is_as_it_was(int tasks)
    {
        ModelDescription before;
        await using (TestSilo silo = await TestSilo.StartAsync(_store.Folder))
        {
            SupSupModel model = await silo.Client.CreateAsync("m", RealData.Spec, Stop);
            ICoordinatorGrain coordinator = silo.Grains.GetGrain<ICoordinatorGrain>("m");
            await Task.WhenAll(Enumerable.Range(0, tasks).Select(task => coordinator.RegisterTaskAsync(Summary(2 * task), Stop)));
            before = await model.DescribeAsync(Stop);
            Assert.Equal(Enumerable.Range(0, tasks).Select(task => 2 * task), before.Tasks.Select(task => task.Task).Order());
        }

        await using (TestSilo silo = await TestSilo.StartAsync(_store.Folder))
        {
            SupSupModel model = await silo.Client.OpenAsync("m", Stop);
            Assert.Equal(before.Tasks, (await model.DescribeAsync(Stop)).Tasks);
            Assert.Equal((2 * tasks) - 1, await model.AllocateTaskAsync(Stop));
            await silo.Grains.GetGrain<ICoordinatorGrain>("m").RegisterTaskAsync(Summary(0) with { Version = 2 }, Stop);
            await Expect.ErrorAsync(
                SupSupError.Conflict, () => silo.Grains.GetGrain<ICoordinatorGrain>("m").RegisterTaskAsync(Summary(0), Stop), "version 2");
            Assert.Equal(tasks, (await model.DescribeAsync(Stop)).Tasks.Length);
        }
    }

    [Fact]
    public async Task Given_a_model_stored_before_there_were_pages_when_opened_then_nothing_is_lost()
    {
        ImmutableList<TaskSummary> tasks = [.. Enumerable.Range(0, 300).Select(Summary)];
        await using (TestSilo silo = await TestSilo.StartAsync(_store.Folder))
        {
            IGrainStorage storage = silo.Services.GetRequiredKeyedService<IGrainStorage>(StorageNames.Provider);
            await storage.WriteStateAsync(StorageNames.Model, GrainId.Create("coordinator", "old"),
                new GrainState<ModelState>(new ModelState { Spec = RealData.Spec, Tasks = tasks, NextTask = 400 }));
            SupSupModel model = await silo.Client.OpenAsync("old", Stop);
            Assert.Equal(tasks, await StoredAsync(model));
        }

        Assert.True(File.Exists(_store.File("tasks", "directory", "old/1")));
        await using (TestSilo silo = await TestSilo.StartAsync(_store.Folder))
        {
            SupSupModel model = await silo.Client.OpenAsync("old", Stop);
            Assert.Equal(tasks, await StoredAsync(model));
            Assert.Equal(400, await model.AllocateTaskAsync(Stop));
        }
    }

    [Fact]
    public async Task Given_a_store_that_fails_when_a_task_is_registered_then_what_is_durable_is_told_and_it_may_be_registered_again()
    {
        await using TestSilo silo = await TestSilo.StartAsync(_store.Folder);
        SupSupModel model = await silo.Client.CreateAsync("m", RealData.Spec, Stop);
        ICoordinatorGrain coordinator = silo.Grains.GetGrain<ICoordinatorGrain>("m");
        await coordinator.RegisterTaskAsync(Summary(0), Stop);
        string page = _store.File("tasks", "directory", "m/0");
        File.Move(page, page + ".away");
        File.CreateSymbolicLink(page, page); // no one can read it: it leads to itself
        await Expect.ErrorAsync(SupSupError.Unavailable, () => coordinator.RegisterTaskAsync(Summary(1), Stop), "m/0");
        Assert.Equal([0], (await model.DescribeAsync(Stop)).Tasks.Select(task => task.Task));
        Assert.Equal([0], (await coordinator.GetChangesAsync(-1, Stop))!.Changes.Select(change => change.Slot.Task));
        File.Delete(page);
        File.Move(page + ".away", page);
        await coordinator.RegisterTaskAsync(Summary(2), Stop);
        await coordinator.RegisterTaskAsync(Summary(1), Stop);
        Assert.Equal([0, 1, 2], (await model.DescribeAsync(Stop)).Tasks.Select(task => task.Task));
    }

    // Without what is not stored, but looked up by the dataset.
    private static async Task<IEnumerable<TaskSummary>> StoredAsync(SupSupModel model) =>
        (await model.DescribeAsync(Stop)).Tasks.Select(task => task with { Normalization = null });

    private static TaskSummary Summary(int task) => new()
    {
        Task = task,
        Version = 1,
        Order = RealData.Order(task),
        Bytes = 1,
        Checksum = "00",
        Loss = 0,
        TrainSeconds = 0,
        TrainedAt = DateTimeOffset.UnixEpoch,
    };
}
