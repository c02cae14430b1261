using System.Diagnostics;

namespace SupSup.Cli.Tests;

public sealed class ErrorTests : IDisposable
{
    private readonly Tool _tool = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _tool.Dispose();

    [Theory]
    [InlineData("demo --frob", "'--frob'")]
    [InlineData("frob", "'frob'")]
    [InlineData("demo --tasks 0", "--tasks '0'")]
    [InlineData("demo --tasks many", "--tasks 'many'")]
    [InlineData("demo --seed -1", "--seed '-1'")]
    [InlineData("demo --network cnn", "'cnn'")]
    [InlineData("demo --recipe slow", "'slow'")]
    [InlineData("demo --objective X", "'X'")]
    [InlineData("demo --dataset cifar", "'cifar'")]
    [InlineData("demo --device gpu", "'gpu'")]
    [InlineData("bench --only nothing", "'nothing'")]
    [InlineData("bench --rounds 0", "--rounds '0'")]
    [InlineData("loadtest --silos 0", "--silos '0'")]
    [InlineData("loadtest --rate fast", "--rate 'fast'")]
    [InlineData("loadtest --dataset cifar", "'cifar'")]
    [InlineData("models health", "'health'")]
    [InlineData("models export", "'--out'")]
    [InlineData("models export x", "'--out'")]
    [InlineData("experiment nosuch", "'nosuch'")]
    [InlineData("experiment tune nosuch", "'nosuch'")]
    [InlineData("experiment permuted --tasks 0", "--tasks '0'")]
    [InlineData("experiment permuted --method gem", "'gem'")]
    [InlineData("experiment inference-suite --only nosuch", "'nosuch'")]
    [InlineData("experiment hop --storage nosuch", "'nosuch'")]
    [InlineData("experiment hop-capacity --units 1", "--units '1'")]
    [InlineData("experiment compare", "'compare'")]
    [InlineData("experiment compare x --out x.gif", "'x.gif'")]
    [InlineData("experiment compare x --by size", "'size'")]
    [InlineData("experiment report", "'report'")]
    [InlineData("experiment steps x --steps 4,0", "'0' in '4,0'")]
    [InlineData("keys", "supsup keys")]
    [InlineData("keys frob", "'frob'")]
    [InlineData("keys create", "'--file'")]
    [InlineData("keys revoke --file x", "'--name'")]
    public async Task Given_bad_usage_when_run_then_one_line_names_it_and_the_code_is_2(string arguments, string named) =>
        (await _tool.RunAsync(arguments.Split(' '))).ShouldFail(2, named, "--help");

    [Theory]
    [InlineData("demp", "'demo'")]
    [InlineData("demo --taks 3", "'--tasks'")]
    [InlineData("demo --verbos", "'--verbose'")]
    [InlineData("experiment permutd", "'permuted'")]
    [InlineData("experiment lst", "'list'")]
    [InlineData("models exprt x", "'export'")]
    [InlineData("bench --rouns 3", "'--rounds'")]
    public async Task Given_a_mistyped_word_when_run_then_the_nearest_known_one_is_suggested(string arguments, string meant) =>
        (await _tool.RunAsync(arguments.Split(' '))).ShouldFail(2, $"did you mean {meant}?");

    [Fact]
    public async Task Given_a_word_like_none_that_is_known_when_run_then_nothing_is_suggested() =>
        Assert.DoesNotContain("did you mean", (await _tool.RunAsync("frobnicate")).Error, StringComparison.Ordinal);

    [Theory]
    [InlineData("--help")]
    [InlineData("demo --help")]
    [InlineData("bench --help")]
    [InlineData("models --help")]
    [InlineData("models show --help")]
    [InlineData("models export --help")]
    [InlineData("models health --help")]
    [InlineData("loadtest --help")]
    [InlineData("experiment --help")]
    [InlineData("experiment list --help")]
    [InlineData("experiment tune --help")]
    [InlineData("experiment compare --help")]
    [InlineData("experiment report --help")]
    [InlineData("experiment inference-suite --help")]
    [InlineData("experiment steps --help")]
    [InlineData("experiment hop-capacity --help")]
    [InlineData("data --help")]
    [InlineData("data list --help")]
    [InlineData("data fetch --help")]
    [InlineData("data verify --help")]
    [InlineData("keys --help")]
    [InlineData("keys create --help")]
    [InlineData("keys list --help")]
    [InlineData("keys revoke --help")]
    [InlineData("silo --help")]
    public async Task Given_any_command_when_asked_for_help_then_it_is_given_on_stdout(string arguments)
    {
        Tool.Outcome outcome = await _tool.RunAsync(arguments.Split(' '));
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Contains("Usage:", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("\nExamples:\n  supsup ", outcome.Output, StringComparison.Ordinal);
        Assert.All(outcome.Output.Split('\n'), line => Assert.InRange(line.Length, 0, 100));
    }

    [Fact]
    public async Task Given_a_refused_run_when_it_ends_then_it_leaves_no_folder_behind()
    {
        (await _tool.RunAsync("demo", "--model", "../../escape", "--data", Tool.SharedData)).ShouldFail(2, "'../../escape'");
        (await _tool.RunAsync("demo", "--outputs", "5", "--data", Tool.SharedData)).ShouldFail(2, "10 classes", "5 outputs");
        (await _tool.RunAsync("demo", "--dataset", _tool.In("nowhere"))).ShouldFail(1, "nowhere");
        (await _tool.RunAsync("experiment", "rotated", "--tasks", "37", "--data", Tool.SharedData)).ShouldFail(2, "36 tasks", "37");
        (await _tool.RunAsync("experiment", "permuted", "--method", "psp")).ShouldFail(2, "psp", "scenario GG");
        (await _tool.RunAsync("experiment", "tune", "permuted", "--stages", "3,2")).ShouldFail(2, "3, 2");
        (await _tool.RunAsync("models", "show", "x", "--store", _tool.In("no-store"))).ShouldFail(1, "no store", "no-store", "--store");
        Assert.False(Directory.Exists(_tool.In("runs")));
        Assert.False(Directory.Exists(_tool.In("no-store")));
    }

    [Fact]
    public async Task Given_no_finished_run_when_compared_or_reported_then_the_folder_is_named_and_nothing_is_written()
    {
        Directory.CreateDirectory(_tool.In("begun"));
        (await _tool.RunAsync("experiment", "compare", "begun")).ShouldFail(1, _tool.In("begun"), "results.json");
        (await _tool.RunAsync("experiment", "report", "begun")).ShouldFail(1, _tool.In("begun"), "results.json");
        (await _tool.RunAsync("experiment", "compare", "nowhere")).ShouldFail(1, _tool.In("nowhere"));
        Assert.Empty(Directory.GetFiles(_tool.Folder, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Given_a_folder_that_takes_no_files_when_the_demo_starts_then_it_says_so_before_it_learns()
    {
        Tool.Outcome outcome = await _tool.RunAsync([.. _tool.Demo(1)[..^1], "/proc/self"]);
        outcome.ShouldFail(1, "/proc/self", "--out");
        Assert.DoesNotContain("learning", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_settings_that_contradict_each_other_when_run_then_it_is_said_before_anything_is_learned()
    {
        (await _tool.RunAsync(_tool.Demo(1, "--outputs", "10", "--objective", "G"))).ShouldFail(2, "objective G", "superfluous");
        (await _tool.RunAsync(_tool.Demo(1, "--outputs", "5"))).ShouldFail(2, "10 classes", "5 outputs");
        (await _tool.RunAsync(_tool.Demo(1, "--model", "a/b"))).ShouldFail(2, "'a/b'");
    }

    [Fact]
    public async Task Given_a_model_name_in_use_when_reused_with_another_spec_or_order_then_it_is_refused_and_kept()
    {
        Assert.Equal(0, (await _tool.RunAsync(_tool.Demo(1, "--model", "mine"))).ExitCode);
        (await _tool.RunAsync(_tool.Demo(1, "--model", "mine", "--seed", "2"))).ShouldFail(1, "'mine'", "seed 1", "seed 2", "another name");
        (await _tool.RunAsync(_tool.Demo(1, "--model", "mine", "--recipe", "paper"))).ShouldFail(
            1, "'mine'", "recipe fast", "recipe paper", "another --model");
        Assert.Contains("reused", (await _tool.RunAsync(_tool.Demo(1, "--model", "mine"))).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_a_missing_or_damaged_dataset_when_run_then_the_file_and_the_remedy_are_named()
    {
        (await _tool.RunAsync("demo", "--dataset", _tool.In("nowhere"), "--out", _tool.In("out"))).ShouldFail(1, _tool.In("nowhere"));
        string data = _tool.In("data/mnist");
        Directory.CreateDirectory(data);
        foreach (string file in Directory.GetFiles(Path.Combine(Tool.SharedData, "mnist")))
            File.Copy(file, Path.Combine(data, Path.GetFileName(file)));
        string damaged = Path.Combine(data, "train-labels-idx1-ubyte");
        byte[] bytes = await File.ReadAllBytesAsync(damaged, Stop);
        bytes[500] ^= 1;
        await File.WriteAllBytesAsync(damaged, bytes, Stop);
        (await _tool.RunAsync("demo", "--out", _tool.In("out"))).ShouldFail(
            1, damaged, "supsup data fetch mnist --force", $"--data {_tool.In("data")}");
        Assert.Equal(bytes, await File.ReadAllBytesAsync(damaged, Stop));
        Assert.Equal(1, (await _tool.RunAsync("data", "verify", "mnist")).ExitCode);
    }

    [Fact]
    public async Task Given_a_damaged_mask_when_run_then_it_is_named_left_alone_and_deleting_it_heals_the_model()
    {
        string before = (await _tool.RunAsync(_tool.Demo(2, "--json"))).Json.GetProperty("accuracy").GetRawText();
        string mask = Assert.Single(Directory.GetFiles(_tool.Store, "1.json", SearchOption.AllDirectories), file => file.Contains(
            "mask-task", StringComparison.Ordinal));
        byte[] bytes = await File.ReadAllBytesAsync(mask, Stop);
        bytes[2_000] ^= 0x40;
        await File.WriteAllBytesAsync(mask, bytes, Stop);
        (await _tool.RunAsync(_tool.Demo(2))).ShouldFail(1, mask, "checksum", "restore the file from a backup");
        Assert.Equal(bytes, await File.ReadAllBytesAsync(mask, Stop));
        File.Delete(mask);
        Assert.Equal(before, (await _tool.RunAsync(_tool.Demo(2, "--json"))).Json.GetProperty("accuracy").GetRawText());
    }

    [Fact]
    public async Task Given_a_store_in_use_when_a_second_process_starts_then_it_is_refused_with_the_holder()
    {
        using Process first = _tool.Start(
            "demo", "--tasks", "1", "--batches", "1000000", "--data", Tool.SharedData, "--out", _tool.In("out"));
        _ = first.StandardOutput.ReadToEndAsync(Stop);
        while (await first.StandardError.ReadLineAsync(Stop) is { } line && !line.Contains("is new", StringComparison.Ordinal))
        {
        }

        (await _tool.RunAsync("models", "show", "x")).ShouldFail(1, _tool.Store, $"{first.Id}");
        first.Kill();
        await first.WaitForExitAsync(Stop);
    }

    [Fact]
    public async Task Given_a_full_then_a_read_only_disk_when_run_then_one_line_says_so_and_what_was_learned_stays()
    {
        string disk = _tool.In("disk");
        Directory.CreateDirectory(disk);
        if (await MountAsync("-t", "tmpfs", "-o", "size=40k", "tmpfs", disk) != 0) Assert.Skip("mounting needs root");
        try
        {
            // Room for one mask: were both trained at once, both might find it taken by the other's unfinished file.
            string[] demo = _tool.Demo(2, "--store", Path.Combine(disk, "store"));
            Assert.Equal(0, (await _tool.RunAsync(_tool.Demo(1, "--store", Path.Combine(disk, "store")))).ExitCode);
            (await _tool.RunAsync(demo)).ShouldFail(1, "No space left on device", Path.Combine(disk, "store"));
            Assert.Equal(0, await MountAsync("-o", "remount,size=10m", disk));
            Assert.Contains("1 of 2 tasks were learned before", (await _tool.RunAsync(demo)).Error, StringComparison.Ordinal);
            Assert.Equal(0, await MountAsync("-o", "remount,ro", disk));
            (await _tool.RunAsync(demo)).ShouldFail(1, "Read-only file system");
        }
        finally
        {
            using Process unmount = Process.Start("umount", [disk]);
            await unmount.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static async Task<int> MountAsync(params string[] arguments)
    {
        using Process mount = Process.Start(new ProcessStartInfo("mount", arguments) { RedirectStandardError = true })!;
        await mount.WaitForExitAsync(Stop);
        return mount.ExitCode;
    }
}
