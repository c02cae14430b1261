using SupSup.Client;
using SupSup.Core.Datasets;
using SupSup.Core.Random;
using SupSup.Core.Tasks;
using SupSup.Data;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Tests.Hosting;

namespace SupSup.Grains.Tests.Data;

/// <summary>Tasks with classes and names of their own, from tables that users keep and change.</summary>
public sealed class OwnTasksTests : IAsyncLifetime
{
    private static readonly string[] Classes = ["ash", "beech", "cedar", "fir", "oak"];

    private readonly TemporaryStore _store = new();
    private TestSilo _silo = null!;
    private SupSupModel _model = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Trees => Path.Combine(_store.Folder, "trees.csv");

    public async ValueTask InitializeAsync()
    {
        await WriteAsync(seed: 1);
        _silo = await TestSilo.StartAsync(Path.Combine(_store.Folder, "store"));
        _model = await _silo.Client.CreateAsync(
            "trees", new ModelSpec { Inputs = 6, Hidden = [60], Outputs = 12, Classes = 2, Seed = 3 }, Stop);
    }

    public async ValueTask DisposeAsync()
    {
        await _silo.DisposeAsync();
        _store.Dispose();
    }

    [Fact]
    public async Task Given_tasks_with_classes_of_their_own_when_learned_then_each_answers_with_its_own_names_and_no_class_beyond_them()
    {
        // More classes than the model has by default, and fewer; a path is taken as it is where no family is named.
        TaskSummary all = await LearnAsync(0, new TaskData { Dataset = Trees }, new TaskNames { Task = "any tree" });
        TaskSummary two = await LearnAsync(1, new TaskData { Dataset = Trees, Family = "classes:oak,ash" });
        TaskSummary group = await LearnAsync(2, new TaskData { Dataset = Trees, Family = "grouped:3" });

        Assert.Equal((5, "any tree"), (all.Classes, all.Names!.Task));
        Assert.Equal(Classes, all.Names.Classes);
        Assert.Equal(["oak", "ash"], two.Names!.Classes);
        Assert.Equal((3, null), (group.Classes, group.Names!.Task));
        Dataset trees = DatasetFiles.Open(Trees);
        Assert.All(new[] { all, two, group }, task => Assert.Equal(trees.Checksum, task.DataChecksum));
        foreach ((TaskSummary task, string family) in new[] { (all, "whole"), (two, "classes:oak,ash"), (group, "grouped:3") })
        {
            ClassificationTask data = TaskFamilies.Get(family).Make(trees, 0, 0);
            (float[] inputs, int[] labels) = data.Test(0, data.TestCount);
            InputBatch rows = new() { Rows = labels.Length, Values = inputs };
            foreach (TaskPredictions given in new[]
            {
                await _model.PredictAsync(task.Task, rows, Stop),
                await _model.PredictAsync([.. Enumerable.Repeat(task.Task, labels.Length)], rows, Stop),
            })
            {
                Assert.InRange(given.Classes.Zip(labels).Average(pair => pair.First == pair.Second ? 1.0 : 0), 0.9, 1);
                Assert.Equal(given.Classes.Select(label => data.ClassNames![label]), given.ClassNames);
                Assert.Equal(task.Names!.Task is { } own ? Enumerable.Repeat(own, labels.Length) : [], given.TaskNames);
            }

            foreach (Prediction answer in await _model.InferAsync(rows, cancellationToken: Stop))
            {
                TaskSummary found = new[] { all, two, group }[answer.Task];
                Assert.InRange(answer.Class, 0, found.Classes!.Value - 1);
                Assert.Equal((found.Names!.Task, found.Names.Classes[answer.Class]), (answer.TaskName, answer.ClassName));
            }

            Assert.Null((await _model.EvaluateAsync(task.Task, cancellationToken: Stop)).Remark);
        }
    }

    [Fact]
    public async Task Given_a_table_that_changes_when_used_again_then_it_is_read_again_and_tasks_of_it_as_it_was_say_so()
    {
        TaskData data = new() { Dataset = Trees };
        TaskSummary before = await LearnAsync(0, data);
        await LearnAsync(0, data);

        await WriteAsync(seed: 2);

        await Expect.ErrorAsync(
            SupSupError.Conflict, () => LearnAsync(0, data), "trees/0", "has changed since", before.DataChecksum!, "another index");
        Evaluation now = await _model.EvaluateAsync(0, cancellationToken: Stop);
        Assert.Contains("trees.csv has changed since task trees/0 was learned", now.Remark!, StringComparison.Ordinal);
        TaskSummary after = await LearnAsync(1, data);
        Assert.Equal(DatasetFiles.Open(Trees).Checksum, after.DataChecksum);
        Assert.NotEqual(before.DataChecksum, after.DataChecksum);
        Assert.Null((await _model.EvaluateAsync(1, cancellationToken: Stop)).Remark);

        // What is gone cannot have changed: the task is there.
        File.Delete(Trees);
        Assert.Equal(after, await LearnAsync(1, data));
    }

    [Fact]
    public async Task Given_submitted_batches_of_a_task_with_names_when_learned_then_labels_beyond_its_classes_are_refused()
    {
        TaskNames names = new() { Task = "sign", Classes = ["minus", "zero", "plus"] };
        TrainingOrder order = new() { Data = null, Batches = 3, Names = names };
        LabelledBatch Batch(int label) => new()
        {
            Inputs = new InputBatch { Rows = 1, Values = [1, 2, 3, 4, 5, label] },
            Labels = [label],
        };

        await Expect.ErrorAsync(
            SupSupError.InvalidRequest,
            () => _model.LearnAsync(4, order, (number, _) => ValueTask.FromResult(Batch(number + 1)), cancellationToken: Stop),
            "label 3 is not one of 3 classes");
        TaskSummary learned =
            await _model.LearnAsync(4, order, (number, _) => ValueTask.FromResult(Batch(number)), cancellationToken: Stop);

        Assert.Equal((3, names), (learned.Classes, learned.Names));
    }

    [Theory]
    [InlineData("classes:oak", "has one class")]
    [InlineData("classes:oak,elm", "no class 'elm'; its classes are ash, beech, cedar, fir, oak")]
    [InlineData("mirrored", "unknown task family 'mirrored'")]
    public async Task Given_classes_that_are_not_there_when_ordered_then_the_error_names_them(string family, string words) =>
        await Expect.ErrorAsync(
            SupSupError.InvalidRequest, () => LearnAsync(0, new TaskData { Dataset = Trees, Family = family }), words);

    [Fact]
    public async Task Given_names_that_cannot_be_kept_when_ordered_then_they_are_refused()
    {
        TaskData data = new() { Dataset = Trees };
        await Expect.ErrorAsync(SupSupError.InvalidRequest, () => LearnAsync(0, data, new TaskNames { Task = "a\nb" }), "name 'a?b'");
        await Expect.ErrorAsync(
            SupSupError.InvalidRequest, () => LearnAsync(0, data, new TaskNames { Classes = ["a", "a"] }), "two classes are named 'a'");
        await Expect.ErrorAsync(
            SupSupError.InvalidRequest, () => LearnAsync(0, data, new TaskNames { Classes = ["a", "b"] }), "2 class names for 5 classes");
    }

    private Task<TaskSummary> LearnAsync(int task, TaskData data, TaskNames? names = null) => _model.LearnAsync(
        task, new TrainingOrder { Data = data, Batches = 400, BatchSize = 64, Names = names }, cancellationToken: Stop);

    // Each class has a centre of its own.
    private Task WriteAsync(ulong seed)
    {
        RandomStream random = new(seed, StreamPurpose.DataSplit, 0);
        IEnumerable<string> rows = Enumerable.Range(0, 400).Select(n => string.Join(',', Enumerable.Range(0, 6).Select(column =>
            FormattableString.Invariant($"{((n % Classes.Length * (column + 2)) % 7 * 10) + random.NextInt32(8)}"))
                .Append(Classes[n % Classes.Length])));
        return File.WriteAllLinesAsync(Trees, ["a,b,c,d,e,f,label", .. rows], Stop);
    }
}
