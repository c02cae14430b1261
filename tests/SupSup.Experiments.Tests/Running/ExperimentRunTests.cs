using SupSup.Core.Datasets;
using SupSup.Core.Inference;
using SupSup.Experiments.Configuration;
using SupSup.Experiments.Evaluation;
using SupSup.Experiments.Files;
using SupSup.Experiments.Tests.Methods;

namespace SupSup.Experiments.Tests.Running;

public sealed class ExperimentRunTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Scenario.GG)]
    [InlineData(Scenario.GNs)]
    [InlineData(Scenario.GNu)]
    public async Task Given_a_scenario_when_run_then_every_checkpoint_has_every_task_and_the_tasks_are_learned(Scenario scenario)
    {
        ExperimentResult result = await Small.RunAsync(Small.Config with { Scenario = scenario }, Small.NewFolder());

        Assert.Equal([2, 4, 6], result.Checkpoints.Select(checkpoint => checkpoint.TasksLearned));
        Assert.All(result.Checkpoints, checkpoint => Assert.Equal(
            Enumerable.Range(0, checkpoint.TasksLearned), checkpoint.Tasks.Select(task => task.Task)));
        Assert.True(result.GivenTaskAccuracy > 0.6, $"the task given: {result.GivenTaskAccuracy}");
        Assert.True(result.Accuracy > 0.5, $"by the scenario: {result.Accuracy}");
        Assert.Equal(scenario == Scenario.GG, double.IsNaN(result.TaskInferenceAccuracy));
        if (scenario == Scenario.GG) Assert.Equal(double.NaN, result.ImageAccuracy);
        else Assert.InRange(result.ImageAccuracy, 0.5, result.TaskInferenceAccuracy);
        Assert.Equal(result.Checkpoints[^1].Accuracy, result.Accuracy);
        Assert.True(result.Encoded!.Shortest < result.Encoded.Bits, $"{result.Encoded}");
    }

    [Fact]
    public async Task Given_labels_that_are_shared_when_run_then_no_task_scores_worse_than_where_they_are_not()
    {
        string folder = Small.NewFolder();
        ExperimentResult strict = await Small.RunAsync(Small.Config, folder);
        ExperimentResult shared = await Small.RunAsync(Small.Config with { Scenario = Scenario.GNs }, Small.NewFolder());

        Assert.All(strict.Checkpoints[^1].Tasks.Zip(shared.Checkpoints[^1].Tasks),
            pair => Assert.True(pair.Second.Accuracy >= pair.First.Accuracy));
        Assert.Equal(strict.GivenTaskAccuracy, shared.GivenTaskAccuracy);
    }

    [Fact]
    public async Task Given_batch_ensembles_whose_task_is_not_given_when_run_in_two_sittings_then_tasks_are_found_as_in_one()
    {
        ExperimentConfig config = Small.Config with
        {
            Method = "batche",
            Scenario = Scenario.GNu,
            Inference = "one-shot",
            Objective = "H",
            Layers = LayerSelection.All,
            Tasks = 3,
            Checkpoints = [1],
        };
        ExperimentResult whole = await Small.RunAsync(config, Small.NewFolder());
        string folder = Small.NewFolder();
        using CancellationTokenSource cut = new();
        int done = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Small.RunAsync(config, folder, new Small.Silent(() =>
        {
            if (Interlocked.Increment(ref done) == 3) cut.Cancel();
        }), cut.Token));

        ExperimentResult resumed = await Small.RunAsync(config, folder);

        Assert.Equal(whole.Checkpoints[^1].Tasks, resumed.Checkpoints[^1].Tasks);
        Assert.Equal(whole.TaskInferenceAccuracy, resumed.TaskInferenceAccuracy);
        Assert.InRange(whole.TaskInferenceAccuracy, 0.4, 1);
        Assert.All(whole.Checkpoints[^1].Tasks, task => Assert.True(task.Accuracy <= task.GivenTaskAccuracy));
        Assert.Equal(1, whole.Checkpoints[0].TaskInferenceAccuracy);
        Assert.Equal((30L + 6, true), (whole.InferQueries, whole.ImageAccuracy <= whole.TaskInferenceAccuracy));
    }

    [Fact]
    public async Task Given_another_run_of_the_same_training_when_its_masks_are_taken_then_only_the_rest_is_learned()
    {
        string other = Small.NewFolder();
        await Small.RunAsync(Small.Config with { Tasks = 4, Scenario = Scenario.GG }, other);
        ExperimentConfig config = Small.Config with { Inference = "optimized", Steps = 3, Objective = "H", Layers = LayerSelection.All };
        ExperimentResult whole = await Small.RunAsync(config, Small.NewFolder());
        string folder = Small.NewFolder();

        ExperimentResult result = await Small.RunAsync(config, folder, masks: other);

        Assert.Equal(whole.Checkpoints[^1].Tasks, result.Checkpoints[^1].Tasks);
        Assert.True(result.TaskInferenceAccuracy > 0.5, $"found {result.TaskInferenceAccuracy}");
        foreach (int task in Enumerable.Range(0, 4))
        {
            string name = Path.Combine("tasks", $"{task:D5}.json"); // has when it was learned
            Assert.Equal(
                await File.ReadAllTextAsync(Path.Combine(other, name), Stop),
                await File.ReadAllTextAsync(Path.Combine(folder, name), Stop));
        }
    }

    [Fact]
    public async Task Given_a_run_that_learns_other_masks_when_they_are_to_be_taken_then_the_error_names_folder_and_setting()
    {
        string other = Small.NewFolder();
        await Small.RunAsync(Small.Config with { Tasks = 1, Scenario = Scenario.GG, Checkpoints = [] }, other);

        (ExperimentConfig Config, string Says)[] cases =
            [(Small.Config with { Seed = 7 }, "differs in seed"), (Small.Config with { Scenario = Scenario.NNs }, "differs in scenario")];
        foreach ((ExperimentConfig config, string says) in cases)
        {
            IOException error = await Assert.ThrowsAsync<IOException>(() => Small.RunAsync(config, Small.NewFolder(), masks: other));
            Assert.Contains($"cannot take masks from {other}", error.Message, StringComparison.Ordinal);
            Assert.Contains(says, error.Message, StringComparison.Ordinal);
        }

        string empty = Small.NewFolder();
        Assert.Contains("it has no run", (await Assert.ThrowsAsync<IOException>(
            () => Small.RunAsync(Small.Config, Small.NewFolder(), masks: empty))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("supsup", Scenario.GNu)]
    [InlineData("supsup", Scenario.NNs)]
    [InlineData("one-network", Scenario.GG)]
    [InlineData("batche", Scenario.GG)]
    [InlineData("trained-on", Scenario.GG)]
    public async Task Given_a_run_that_was_cut_off_when_run_again_then_it_goes_on_to_the_same_result(string method, Scenario scenario)
    {
        ExperimentConfig config = Small.Config with { Method = method, Scenario = scenario };
        ExperimentResult whole = await Small.RunAsync(config, Small.NewFolder());
        string folder = Small.NewFolder();
        using CancellationTokenSource cut = new();
        int done = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Small.RunAsync(config, folder, new Small.Silent(() =>
        {
            // In the middle of what follows the first checkpoint.
            if (Interlocked.Increment(ref done) == 5) cut.Cancel();
        }), cut.Token));
        Assert.False(File.Exists(Path.Combine(folder, "results.json")));

        ExperimentResult resumed = await Small.RunAsync(config, folder);

        Assert.Equal(
            whole.Checkpoints.SelectMany(checkpoint => checkpoint.Tasks), resumed.Checkpoints.SelectMany(checkpoint => checkpoint.Tasks));
        Assert.Equal((whole.Accuracy, whole.TaskInferenceAccuracy), (resumed.Accuracy, resumed.TaskInferenceAccuracy));
    }

    [Theory]
    [InlineData("supsup")]
    [InlineData("own-weights")]
    [InlineData("trained-on")]
    [InlineData("one-network")]
    public async Task Given_a_network_over_pictures_when_run_then_each_stage_tells_how_long_the_whole_run_takes(string method)
    {
        List<string> notes = [];
        ExperimentConfig config = Small.Config with
        {
            Method = method,
            Scenario = Scenario.GG,
            Network = "conv4-norm-relu-average",
            Batches = 10,
            BatchSize = 8,
        };

        await Small.RunAsync(config, Small.NewFolder(), new Small.Silent(onNote: notes.Add));

        string[] left = [.. notes.Where(note => note.Contains("images a second", StringComparison.Ordinal)).Select(note => note[^26..])];
        Assert.Equal(["the 6 tasks that were left", "the 4 tasks that were left", "the 2 tasks that were left"], left);
    }

    [Fact]
    public async Task Given_a_recipe_that_validates_when_pictures_are_learned_then_all_tasks_are()
    {
        ExperimentConfig config = Small.Config with
        {
            Scenario = Scenario.GG,
            Network = "conv4-norm-relu-average",
            Recipe = "own-data",
            Batches = 10,
            Tasks = 2,
        };

        Assert.Equal(2, (await Small.RunAsync(config, Small.NewFolder())).Checkpoints[^1].TasksLearned);
    }

    // What cannot work is refused before anything is learned, and leaves no folder.
    [Theory]
    [InlineData("NNs", "conv4-norm-relu-average", 40, null, "scenario NNs")]
    [InlineData("GNu", "48", 40, 0.5, "square images in their own order")]
    [InlineData("GNu", "conv4-max2-max2-max2-max2-max2-max2", 40, null, "max2")]
    [InlineData("GNu", "48", 4, null, "4 outputs")]
    public async Task Given_settings_that_do_not_go_with_the_data_when_run_then_they_are_refused_at_once(
        string scenario, string network, int outputs, double? turned, string says)
    {
        string folder = Small.NewFolder();
        ExperimentConfig config = Small.Config with
        {
            Scenario = Enum.Parse<Scenario>(scenario),
            Network = network,
            Outputs = outputs,
            RotatedShare = turned,
        };

        ArgumentException refused = await Assert.ThrowsAnyAsync<ArgumentException>(() => Small.RunAsync(config, folder));

        Assert.Contains(says, refused.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder), "a folder was made");
    }

    // The process was killed between the two writes that the first task ends with.
    [Fact]
    public async Task Given_a_record_of_a_task_whose_shared_weights_were_not_saved_when_run_again_then_the_task_is_learned_again()
    {
        ExperimentConfig config = Small.Config with { Method = "batche", Scenario = Scenario.GG, Tasks = 3, Checkpoints = [] };
        string folder = Small.NewFolder();
        ExperimentResult whole = await Small.RunAsync(config, folder);
        foreach (string name in new[] { "results.json", "state.json", "tasks/00001.json", "tasks/00002.json" })
            File.Delete(Path.Combine(folder, name));
        Directory.Delete(Path.Combine(folder, "state"), recursive: true);
        Directory.Delete(Path.Combine(folder, "checkpoints"), recursive: true);

        ExperimentResult resumed = await Small.RunAsync(config, folder);

        Assert.Equal(
            whole.Checkpoints.SelectMany(checkpoint => checkpoint.Tasks), resumed.Checkpoints.SelectMany(checkpoint => checkpoint.Tasks));
    }

    [Fact]
    public async Task Given_a_finished_run_when_run_again_then_nothing_is_run_and_the_result_is_the_one_it_had()
    {
        string folder = Small.NewFolder();
        ExperimentResult first = await Small.RunAsync(Small.Config, folder);
        DateTime written = File.GetLastWriteTimeUtc(Path.Combine(folder, "results.json"));

        ExperimentResult again = await Small.RunAsync(Small.Config, folder, new Small.Silent(() => Assert.Fail("something was run")));

        Assert.Equal((first.Accuracy, first.TotalSeconds), (again.Accuracy, again.TotalSeconds));
        Assert.Equal(written, File.GetLastWriteTimeUtc(Path.Combine(folder, "results.json")));
    }

    [Fact]
    public async Task Given_a_folder_of_another_run_when_run_then_the_error_names_it_and_what_differs()
    {
        string folder = Small.NewFolder();
        await Small.RunAsync(Small.Config with { Tasks = 1 }, folder);

        IOException error = await Assert.ThrowsAsync<IOException>(() => Small.RunAsync(Small.Config with { Tasks = 1, Seed = 2 }, folder));

        Assert.Contains(folder, error.Message, StringComparison.Ordinal);
        Assert.Contains("seed", error.Message, StringComparison.Ordinal);
        Assert.Contains("--out", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_a_folder_with_something_else_in_it_when_run_then_it_is_left_alone()
    {
        string folder = Small.NewFolder();
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "thesis.tex"), "all of it", TestContext.Current.CancellationToken);

        IOException error = await Assert.ThrowsAsync<IOException>(() => Small.RunAsync(Small.Config, folder));

        Assert.Contains("not empty", error.Message, StringComparison.Ordinal);
        Assert.Single(Directory.EnumerateFileSystemEntries(folder));
    }

    [Fact]
    public async Task Given_a_folder_in_which_another_run_is_at_work_when_run_then_the_error_says_so()
    {
        string folder = Small.NewFolder();
        IOException? error = null;
        int done = 0;

        await Small.RunAsync(Small.Config, folder, new Small.Silent(() =>
        {
            if (Interlocked.Increment(ref done) == 1) error = Assert.Throws<IOException>(() => RunFolder.Open(folder, Small.Config));
        }));

        Assert.Contains("another process uses the folder", error!.Message, StringComparison.Ordinal);
        RunFolder.Open(folder, Small.Config).Dispose();
    }

    [Fact]
    public async Task Given_a_damaged_record_when_run_then_the_error_names_the_file()
    {
        string folder = Small.NewFolder();
        ExperimentConfig config = Small.Config with { Tasks = 1, Checkpoints = [] };
        await Small.RunAsync(config, folder);
        File.Delete(Path.Combine(folder, "results.json"));
        string record = Path.Combine(folder, "tasks", "00000.json");
        await File.WriteAllTextAsync(record, "{ \"task\": ", TestContext.Current.CancellationToken);

        IOException error = await Assert.ThrowsAsync<IOException>(() => Small.RunAsync(config, folder));

        Assert.Contains(record, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_a_damaged_mask_when_run_then_the_error_says_what_to_delete_and_the_next_run_learns_it_again()
    {
        string folder = Small.NewFolder();
        ExperimentConfig config = Small.Config with { Tasks = 1, Checkpoints = [], Batches = 5 };
        ExperimentResult first = await Small.RunAsync(config, folder);
        File.Delete(Path.Combine(folder, "results.json"));
        string mask = Path.Combine(folder, "masks", "00000.supmask");
        await File.WriteAllBytesAsync(mask, (await File.ReadAllBytesAsync(mask, Stop))[..100], Stop);

        IOException error = await Assert.ThrowsAsync<IOException>(() => Small.RunAsync(config, folder));

        Assert.Contains(mask, error.Message, StringComparison.Ordinal);
        Assert.EndsWith("delete the file, and the next run learns it again", error.Message, StringComparison.Ordinal);
        File.Delete(mask);
        Assert.Equal(first.Accuracy, (await Small.RunAsync(config, folder)).Accuracy);
    }

    [Theory]
    [InlineData(1, 10)]
    [InlineData(128, 10)]
    [InlineData(128, 200)]
    public async Task Given_a_test_set_smaller_than_a_query_when_run_then_a_query_has_all_of_it(int imagesPerQuery, int queries)
    {
        Dataset all = SmallData.Images;
        Dataset few = new("few", all.Train, all.Test.Choose([.. Enumerable.Range(0, 100)]), all.Classes, all.Normalization);
        ExperimentConfig config = Small.Config with { Tasks = 2, Checkpoints = [], ImagesPerQuery = imagesPerQuery, Queries = queries };

        ExperimentResult result = await Small.RunAsync(config, Small.NewFolder(), data: few);

        Assert.InRange(result.TaskInferenceAccuracy, 0.5, 1);
    }

    [Fact]
    public async Task Given_more_tasks_than_the_family_has_when_run_then_the_error_says_how_many_it_has()
    {
        ArgumentException error = await Assert.ThrowsAsync<ArgumentException>(
            () => Small.RunAsync(Small.Config with { Family = "split", Tasks = 3 }, Small.NewFolder()));

        Assert.Contains("split small has 2 tasks, not 3", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("shuffled:2", 6, 2)]
    [InlineData("shuffled:2", 1, 1)]
    [InlineData("permuted", 6, 6)]
    public void Given_an_experiment_of_so_many_tasks_when_kept_within_five_classes_then_it_has_those_that_there_are(
        string family, int tasks, int kept) =>
        Assert.Equal(kept, (Small.Config with { Family = family, Tasks = tasks }).Within(SmallData.Images).Tasks);

    [Fact]
    public async Task Given_fewer_classes_than_a_task_takes_when_run_then_the_error_says_so()
    {
        ExperimentConfig config = Small.Config with { Family = "shuffled:10" };
        ArgumentException error = await Assert.ThrowsAsync<ArgumentException>(
            () => Small.RunAsync(config.Within(SmallData.Images), Small.NewFolder()));

        Assert.Contains("small has 5 classes, too few for one task of family shuffled:10", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_a_class_without_examples_when_split_then_the_task_is_refused_before_anything_is_learned()
    {
        Dataset all = SmallData.Images;
        ExampleSet train = all.Train.WithLabels([.. all.Train.Labels.Select(label => label + 1)]);
        Dataset letters = new("letters", train, all.Test, all.Classes + 1, all.Normalization);
        string folder = Small.NewFolder();

        ArgumentException error = await Assert.ThrowsAsync<ArgumentException>(
            () => Small.RunAsync(Small.Config with { Family = "split", Tasks = 2, Checkpoints = [] }, folder, data: letters));

        Assert.Contains("task 0 of family 'split' needs examples of each of its classes", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder));
    }
}
