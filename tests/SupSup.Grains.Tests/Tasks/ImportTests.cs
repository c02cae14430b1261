using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using SupSup.Client;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Storage;
using SupSup.Grains.Tests.Hosting;

namespace SupSup.Grains.Tests.Tasks;

/// <summary>Masks that are imported many at once, without waking the grains of their tasks.</summary>
public sealed class ImportTests : IAsyncLifetime
{
    private const int Tasks = 300;

    private static readonly ModelSpec Spec = new() { Inputs = 60, Hidden = [40, 20], Outputs = 30, Classes = 5, Seed = 11 };
    private static readonly FixedNetwork Network = new(NetworkPlan.Dense(60, [40, 20], 30), 11);

    private readonly TemporaryStore _store = new();
    private TestSilo _silo = null!;
    private SupSupModel _model = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static InputBatch Images => new() { Rows = 4, Values = [.. Enumerable.Range(0, 240).Select(n => (float)Math.Sin(n))] };

    public async ValueTask InitializeAsync()
    {
        _silo = await TestSilo.StartAsync(_store.Folder);
        _model = await _silo.Client.CreateAsync("many", Spec, Stop);
    }

    public async ValueTask DisposeAsync()
    {
        await _silo.DisposeAsync();
        _store.Dispose();
    }

    [Fact]
    public async Task Given_more_masks_than_a_call_takes_when_imported_then_all_are_learned_and_asking_their_grains_agrees()
    {
        // Grains that said that there is nothing are asked again below.
        Assert.Null(await _silo.Grains.Task("many", 7).DescribeAsync(Stop));
        await Expect.ErrorAsync(SupSupError.NotFound, () => _model.PredictAsync(8, Images, Stop), "many/8");
        int stored = 0;
        MaskImport[] masks = [.. Enumerable.Range(0, Tasks).Select(task => Mask(task))];
        Assert.Equal(Tasks, await _model.ImportAsync(masks, all => stored = Math.Max(stored, all), Stop));
        Assert.Equal(Tasks, stored);

        ImmutableArray<TaskSummary> learned = (await _model.DescribeAsync(Stop)).Tasks;
        Assert.Equal(
            masks.Select(mask => (mask.Task, MaskFile.Checksum(mask.File))),
            learned.OrderBy(task => task.Task).Select(task => (task.Task, task.Checksum)));
        Assert.Equal(learned.Single(task => task.Task == 7), await _silo.Grains.Task("many", 7).DescribeAsync(Stop));
        Assert.Equal(4, (await _model.PredictAsync(8, Images, Stop)).Classes.Length);
        Assert.Equal(masks[9].File, (await _model.GetMaskAsync(9, Stop)).File);
        Assert.Equal(4, (await _model.PredictAsync(299, Images, Stop)).Classes.Length);
        Assert.Equal(4, (await _model.InferAsync(Images, cancellationToken: Stop)).Length);
        Assert.True((await _model.CheckHealthAsync(Stop)).IsWhole);

        // Repeating is harmless, and what is stored is so after a restart.
        Assert.Equal(Tasks + 1, await _model.ImportAsync([.. masks, Mask(Tasks)], cancellationToken: Stop));
        Assert.Equal(learned, (await _model.DescribeAsync(Stop)).Tasks[..Tasks]);
        await _silo.DisposeAsync();
        _silo = await TestSilo.StartAsync(_store.Folder);
        ModelHealth health = await (await _silo.Client.OpenAsync("many", Stop)).CheckHealthAsync(Stop);
        Assert.Equal((Tasks + 1, true), (health.Tasks, health.IsWhole));
    }

    [Fact]
    public async Task Given_masks_at_fault_among_others_when_imported_then_the_error_names_the_task_and_the_others_are_learned()
    {
        await _model.ImportAsync(3, Mask(3).File, Stop);
        await _model.ImportAsync(4, Mask(4).File, Stop);
        await _silo.Grains.Coordinator("many").RemoveTaskAsync(4, Stop);
        byte[] damaged = [.. Mask(5).File];
        damaged[100] ^= 1;

        await Expect.ErrorAsync(SupSupError.Conflict, () => ImportAsync(Mask(10), Mask(3, of: 6)), "many/3", "another mask");
        await Expect.ErrorAsync(SupSupError.Damaged, () => ImportAsync(Mask(11), Mask(5) with { File = damaged }), "many/5", "checksum");
        await Expect.ErrorAsync(SupSupError.NotFound, () => ImportAsync(Mask(12), Mask(4)), "task 4", "removed");
        await Expect.ErrorAsync(SupSupError.InvalidRequest, () => ImportAsync(Mask(12), Mask(12)), "task 12 is there 2 times");
        await Expect.ErrorAsync(
            SupSupError.InvalidRequest,
            () => ImportAsync(Mask(12), Mask(13) with { Details = new TaskDetails { Classes = 5000 } }), "5000 classes");
        await Expect.ErrorAsync(
            SupSupError.InvalidRequest,
            () => _silo.Grains.Import("many").ImportAsync([.. Enumerable.Range(20, 257).Select(task => Mask(task))], Stop),
            "257 masks", "256");
        await Expect.ErrorAsync(
            SupSupError.NotFound, () => _silo.Grains.Import("none").ImportAsync([Mask(0)], Stop), "there is no model 'none'");
        Assert.Equal([3, 10, 11], (await _model.DescribeAsync(Stop)).Tasks.Select(task => task.Task));

        // The damaged one is free for a whole one at once.
        await ImportAsync(Mask(5), Mask(12));
    }

    [Fact]
    public async Task Given_what_crashes_left_when_imported_then_it_is_gone_on_with_or_written_over()
    {
        // A mask without metadata, as of a training that was cut off; one with metadata, which no one acknowledged; the same, another's.
        byte[] other = Mask(1, of: 9).File;
        await RecordsOf(1).Mask.WriteAsync(new MaskState { Mask = new PackedMaskBlob { Task = 1, Version = 1, File = other } });
        SupSupModel copy = await _silo.Client.CreateAsync("copy", Spec, Stop);
        foreach (int task in new[] { 2, 3 })
        {
            TaskSummary summary = await copy.ImportAsync(task, Mask(task).File, Stop);
            await RecordsOf(task).Mask.WriteAsync(new MaskState { Mask = await copy.GetMaskAsync(task, 2, Stop) });
            await RecordsOf(task).Task.WriteAsync(new Grains.Tasks.TaskState { Summary = summary });
        }

        await ImportAsync(Mask(0), Mask(1), Mask(2));
        await Expect.ErrorAsync(SupSupError.Conflict, () => ImportAsync(Mask(3, of: 8)), "many/3", "another mask");
        Assert.Equal(
            [0, 1, 2], (await _model.DescribeAsync(Stop)).Tasks.Select(task => task.Task).Order());
        Assert.Equal(Mask(1).File, (await _model.GetMaskAsync(1, Stop)).File);
        Assert.Equal(Mask(2).File, (await _model.GetMaskAsync(2, Stop)).File);
        await _model.ImportAsync(3, Mask(3).File, Stop);
        Assert.True((await _model.CheckHealthAsync(Stop)).IsWhole);
    }

    [Fact]
    public async Task Given_a_task_that_is_being_imported_when_others_want_it_then_they_are_told_to_ask_again_until_it_is_done()
    {
        ICoordinatorGrain coordinator = _silo.Grains.Coordinator("many");
        Guid import = Guid.NewGuid();
        Assert.Empty(await coordinator.BeginImportAsync(import, [1, 2], Stop));
        Assert.Empty(await coordinator.BeginImportAsync(import, [2], Stop));
        await Expect.ErrorAsync(
            SupSupError.Unavailable, () => coordinator.BeginImportAsync(Guid.NewGuid(), [0, 2], Stop), "task 2", "being imported");
        await Expect.ErrorAsync(
            SupSupError.Unavailable, () => _silo.Grains.Task("many", 1).ImportAsync(Mask(1).File, Stop), "task 1", "being imported");
        await Expect.ErrorAsync(SupSupError.Unavailable, () => _silo.Grains.Import("many").ImportAsync([Mask(1)], Stop), "task 1");
        await coordinator.EndImportAsync(import, [], Stop);
        await ImportAsync(Mask(0), Mask(1), Mask(2));
        Assert.Equal(new[] { 1 }, await coordinator.BeginImportAsync(Guid.NewGuid(), [1, 5], Stop));
    }

    [Fact]
    public async Task Given_grains_that_saw_no_mask_when_one_is_imported_with_others_then_it_is_there_kept_and_deleted()
    {
        // Each has looked at the records of its mask, and found none.
        foreach (int task in new[] { 1, 2, 3 }) await _silo.Grains.Task("many", task).CancelTrainingAsync(Stop);
        await ImportAsync(Mask(1), Mask(2), Mask(3));
        Assert.Equal(Mask(1).File, (await _silo.Grains.Task("many", 1).GetMaskAsync(Stop)).File);
        await Expect.ErrorAsync(
            SupSupError.Conflict, () => _silo.Grains.Task("many", 2).ImportAsync(Mask(2, of: 8).File, Stop), "many/2", "another mask");
        Assert.Equal(Mask(2).File, (await _model.GetMaskAsync(2, Stop)).File);
        await _model.DeleteTaskAsync(3, Stop);
        (GrainRecord<MaskState> mask, GrainRecord<Grains.Tasks.TaskState> metadata) = RecordsOf(3);
        await mask.ReadAsync();
        await metadata.ReadAsync();
        Assert.Equal((false, false), (mask.Exists, metadata.Exists));
    }

    [Fact]
    public async Task Given_an_import_whose_reservation_is_lost_when_it_ends_then_nothing_is_entered_and_asking_again_goes_on()
    {
        TaskSummary summary = await (await _silo.Client.CreateAsync("copy", Spec, Stop)).ImportAsync(1, Mask(1).File, Stop);
        await Expect.ErrorAsync(
            SupSupError.Unavailable, () => _silo.Grains.Coordinator("many").EndImportAsync(Guid.NewGuid(), [summary], Stop), "task 1",
            "ask again");
        Assert.Empty((await _model.DescribeAsync(Stop)).Tasks);
        await ImportAsync(Mask(1));
    }

    [Fact]
    public async Task Given_many_imports_of_the_same_tasks_at_once_when_done_then_each_task_has_the_mask_that_is_acknowledged()
    {
        // Half of them bring one mask for each task, half another.
        SupSupModel model = await new SupSupClient(_silo.Grains, new RetryOptions()).OpenAsync("many", Stop);
        async Task<bool> TryAsync(int of)
        {
            try
            {
                await model.ImportAsync(Enumerable.Range(0, 60).Select(task => Mask(task, of: task + of)), cancellationToken: Stop);
                return true;
            }
            catch (SupSupException e) when (e.Error == SupSupError.Conflict)
            {
                return false;
            }
        }

        bool[] done = await Task.WhenAll(Enumerable.Range(0, 8).Select(n => Task.Run(() => TryAsync(n % 2 * 60), Stop)));
        Assert.Contains(true, done);
        ImmutableArray<TaskSummary> learned = (await _model.DescribeAsync(Stop)).Tasks;
        Assert.Equal(60, learned.Length);
        foreach (TaskSummary task in learned)
            Assert.Equal(task.Checksum, MaskFile.Checksum((await _model.GetMaskAsync(task.Task, Stop)).File));
        Assert.True((await _model.CheckHealthAsync(Stop)).IsWhole);
    }

    private Task<int> ImportAsync(params MaskImport[] masks) => _model.ImportAsync(masks, cancellationToken: Stop);

    private (GrainRecord<MaskState> Mask, GrainRecord<Grains.Tasks.TaskState> Task) RecordsOf(int task)
    {
        GrainRecords records = _silo.Services.GetRequiredService<GrainRecords>();
        GrainId id = MaskRecord.Of(GrainKeys.Task("many", task), 0);
        return (records.Open<MaskState>(StorageNames.Mask, id), records.Open<Grains.Tasks.TaskState>(StorageNames.Task, id));
    }

    private static MaskImport Mask(int task, int? of = null)
    {
        byte[] bits = new byte[Network.Shape.PackedBytes];
        new Random(of ?? task).NextBytes(bits);
        return new(task, MaskFile.Write(Network, new TaskMask(Network.Shape, bits)), new TaskDetails());
    }
}
