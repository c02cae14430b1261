using System.Diagnostics;
using System.Text.Json;
using SupSup.LocalCluster;

namespace SupSup.Cli.Tests;

/// <summary>A person's own tasks by the tool: from folders of pictures to answers, with and without a silo.</summary>
public sealed class OwnTaskTests : IDisposable
{
    private readonly Tool _tool = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _tool.Dispose();

    [Fact]
    public async Task Given_two_folders_of_pictures_when_trained_then_single_pictures_get_their_task_and_class_from_store_and_silo()
    {
        string low = _tool.Pictures("low", 0, 3), high = _tool.Pictures("high", 3, 6);
        Tool.Outcome first = await _tool.RunAsync("train", "digits", "low", "--data", low, "--batches", "150");
        Assert.True(first.ExitCode == 0, first.Error);
        Assert.Contains("task 0 'low' of model digits: 3 classes (0, 1, 2)", first.Output, StringComparison.Ordinal);
        Assert.Contains("too few examples to tell inputs that are unlike them", first.Error, StringComparison.Ordinal);
        Assert.Contains("made model digits: network 2352-300-100-100, inputs 3 x 28 x 28 pixels", first.Error,
            StringComparison.Ordinal);

        int[] ports = LoopbackPorts.Free(4);
        using Process silo = _tool.Start("silo", $"--Endpoints:SiloPort={ports[0]}", $"--Endpoints:GatewayPort={ports[1]}",
            $"--Http:Port={ports[2]}", $"--Http:GrpcPort={ports[3]}");
        Assert.Contains("ready", (await silo.StandardOutput.ReadLineAsync(Stop))!, StringComparison.Ordinal);
        try
        {
            // From here on the silo uses the store, and is found by itself.
            Tool.Outcome again = await _tool.RunAsync("train", "digits", "low", "--data", low, "--batches", "150");
            Assert.Contains("learned before", again.Error, StringComparison.Ordinal);
            Assert.Equal(first.Output, again.Output);
            JsonElement second = (await _tool.RunAsync("train", "digits", "high", "--data", high, "--batches", "150", "--json")).Json;
            Assert.Equal(1, second.GetProperty("task").GetInt32());
            Assert.InRange(second.GetProperty("accuracy").GetDouble(), 0.7, 1);

            string[] pictures = [.. Directory.GetFiles(Path.Combine(high, "test"), "*.bmp", SearchOption.AllDirectories).Order().Take(20)];
            JsonElement predicted = (await _tool.RunAsync(["predict", "digits", "--top", "2", "--json", .. pictures])).Json;
            JsonElement[] answers = [.. predicted.GetProperty("answers").EnumerateArray()];
            Assert.InRange(answers.Count(one => one.GetProperty("taskName").GetString() == "high"), 14, 20);
            Assert.All(answers, one => Assert.Equal(2, one.GetProperty("classes").GetArrayLength()));
            Tool.Outcome given = await _tool.RunAsync(
                "predict", "digits", pictures[0], "--task", "high", "--server", $"127.0.0.1:{ports[2]}");
            Assert.StartsWith($"{pictures[0]}: high, ", given.Output, StringComparison.Ordinal);

            Tool.Outcome evaluated = await _tool.RunAsync("evaluate", "digits", "--json", "--out", _tool.In("confusion.png"));
            JsonElement confusion = evaluated.Json.GetProperty("taskConfusion");
            Assert.Equal(["low", "high"], confusion.GetProperty("names").EnumerateArray().Select(name => name.GetString()!));
            Assert.All(confusion.GetProperty("rows").EnumerateArray(), row => Assert.Equal(
                30, row.GetProperty("counts").EnumerateArray().Sum(count => count.GetInt32())));
            Assert.Equal([0x89, 0x50], (await File.ReadAllBytesAsync(_tool.In("confusion.png"), Stop))[..2]);
            Tool.Outcome other = await _tool.RunAsync("evaluate", "digits", "--task", "high", "--data", high);
            Assert.Contains($"on {high}: ", other.Output, StringComparison.Ordinal);

            (await _tool.RunAsync("predict", "digits", pictures[0], "--task", "middle")).ShouldFail(1, "'middle'", "low, high");
            (await _tool.RunAsync("predict", "digits", _tool.In("none.png"))).ShouldFail(1, "none.png");
            (await _tool.RunAsync("predict", "digits", high)).ShouldFail(2, high, "is a folder");
            (await _tool.RunAsync("evaluate", "digits", "--data", high)).ShouldFail(2, "--task");
            (await _tool.RunAsync("train", "digits", "low", "--data", low, "--seed", "3")).ShouldFail(1, "--seed 1, not 3");
            (await _tool.RunAsync("train", "digits", "low", "--data", high)).ShouldFail(
                1, "task 'low' of model digits was learned from other data or with other options", "'supsup tasks delete digits low'");

            (await _tool.RunAsync("train", "digits", "low", "--data", _tool.In("nowhere"))).ShouldFail(1, "nowhere");
            (await _tool.RunAsync("predict", "letters", pictures[0])).ShouldFail(1, "no model 'letters'; there are digits ('supsup train");
            (await _tool.RunAsync("models", "list", "--server", "127.0.0.1:9")).ShouldFail(1, "127.0.0.1:9", "--server");
            Assert.Contains("digits", (await _tool.RunAsync("models", "list")).Output, StringComparison.Ordinal);

            // What is no picture, and a table, are named as the files that they are; the others are answered.
            (string text, string table) = (_tool.In("text.jpg"), _tool.In("cats.csv"));
            await File.WriteAllTextAsync(text, "no picture", Stop);
            await File.WriteAllTextAsync(table, "height,kind\n1,cat\n2,dog\n3,cat\n4,dog\n", Stop);
            (await _tool.RunAsync("predict", "digits", text)).ShouldFail(2, $"{text} is no picture that can be read");
            string[] files = [text, pictures[0], table, _tool.In("none.png")];
            Tool.Outcome mixed = await _tool.RunAsync(["predict", "digits", "--json", .. files]);
            Assert.Equal(1, mixed.ExitCode);
            JsonElement told = JsonDocument.Parse(mixed.Output).RootElement;
            Assert.Equal(pictures[0], Assert.Single(told.GetProperty("answers").EnumerateArray()).GetProperty("file").GetString());
            JsonElement[] errors = [.. told.GetProperty("errors").EnumerateArray()];
            Assert.Equal([text, table, files[3]], errors.Select(one => one.GetProperty("file").GetString()));
            Assert.Equal(
                $"model digits takes pictures of 3 x 28 x 28 pixels; {table} is a table", errors[1].GetProperty("error").GetString());
            Assert.All(errors, one => Assert.Contains($"supsup: {one.GetProperty("error")}\n", mixed.Error, StringComparison.Ordinal));

            // Names change, and those before go on working; a file has all that answers need.
            Tool.Outcome renamed = await _tool.RunAsync("tasks", "rename", "digits", "low", "small");
            Assert.Equal("task 0 of model digits is now called 'small'", renamed.Output.Trim());
            Assert.Equal(0, (await _tool.RunAsync("models", "rename", "digits", "numbers")).ExitCode);
            Assert.Contains("numbers (digits)", (await _tool.RunAsync("models", "list")).Output, StringComparison.Ordinal);
            Tool.Outcome shown = await _tool.RunAsync("tasks", "show", "numbers", "low");
            Assert.Contains("formerly      low", shown.Output, StringComparison.Ordinal);
            (await _tool.RunAsync("tasks", "rename", "digits", "high", "low")).ShouldFail(1, "'low'", "task 0");
            string file = _tool.In("digits.safetensors");
            Assert.Equal(0, (await _tool.RunAsync("models", "export", "numbers", "--out", file)).ExitCode);
            for (int time = 0; time < 2; time++)
                Assert.Equal(2, (await _tool.RunAsync("models", "import", "copy", file, "--json")).Json.GetProperty("tasks").GetInt32());
            predicted = (await _tool.RunAsync(["predict", "digits", "--top", "2", "--json", .. pictures])).Json;
            JsonElement copied = (await _tool.RunAsync(["predict", "copy", "--top", "2", "--json", .. pictures])).Json;
            Assert.Equal($"{predicted.GetProperty("answers")}", $"{copied.GetProperty("answers")}");
            (await _tool.RunAsync("models", "import", "copy", pictures[0])).ShouldFail(2, "cannot be imported", "safetensors");

            // For programs and people that know nothing of SupSup.
            string onnx = _tool.In("small.onnx"), card = _tool.In("card.md");
            JsonElement written = (await _tool.RunAsync("tasks", "export", "digits", "low", "--out", onnx, "--json")).Json;
            Assert.Equal(new FileInfo(onnx).Length, written.GetProperty("bytes").GetInt64());
            Assert.InRange(new FileInfo(onnx).Length, 2352 * 300, 2352 * 300 * 1.3);
            Assert.Equal(0, (await _tool.RunAsync("models", "card", "digits", "--examples", "20", "--out", card)).ExitCode);
            string markdown = await File.ReadAllTextAsync(card, Stop);
            Assert.Contains("# numbers", markdown, StringComparison.Ordinal);
            Assert.Contains("| 1 | high | 20 |", markdown, StringComparison.Ordinal);
            Assert.StartsWith("---\n", (await _tool.RunAsync("models", "card", "digits", "--examples", "0", "--out", "-")).Output,
                StringComparison.Ordinal);
            (await _tool.RunAsync("tasks", "export", "digits", "low", "--out", high)).ShouldFail(2, high, "is a folder");

            // Data of this machine are sent to a silo that is named, once.
            string server = $"127.0.0.1:{ports[2]}", middle = _tool.Pictures("middle", 6, 8);
            string[] order = ["train", "numbers", "middle", "--data", middle, "--batches", "60", "--server", server];
            Tool.Outcome sent = await _tool.RunAsync(order);
            Assert.True(sent.ExitCode == 0, sent.Error);
            Assert.Contains("sending middle", sent.Error, StringComparison.Ordinal);
            Tool.Outcome here = await _tool.RunAsync("evaluate", "digits", "--task", "high", "--data", high, "--server", server, "--json");
            Tool.Outcome there = await _tool.RunAsync("evaluate", "digits", "--task", "high", "--data", high, "--json");
            Assert.Equal($"{there.Json}", $"{here.Json}");
            Assert.Contains("evaluating", here.Error, StringComparison.Ordinal);
            (await _tool.RunAsync("evaluate", "digits", "--task", "high", "--data", middle, "--server", server))
                .ShouldFail(2, "has class '6'", "3, 4, 5");
            sent = await _tool.RunAsync(order);
            Assert.Contains("learned before", sent.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("sending", sent.Error, StringComparison.Ordinal);
            Directory.Delete(middle, recursive: true);
            Assert.Contains("middle", (await _tool.RunAsync("evaluate", "digits", "--json")).Output, StringComparison.Ordinal);
            Assert.Equal(0, (await _tool.RunAsync("tasks", "delete", "digits", "middle")).ExitCode);
            for (int time = 0; time < 2; time++)
                Assert.Equal("model copy is deleted", (await _tool.RunAsync("models", "delete", "copy")).Output.Trim());
            (await _tool.RunAsync("models", "show", "copy")).ShouldFail(1, "'copy'");
            Assert.Equal(0, (await _tool.RunAsync("tasks", "delete", "digits", "low")).ExitCode);
            JsonElement left = (await _tool.RunAsync("tasks", "list", "digits", "--json")).Json.GetProperty("tasks");
            Assert.Equal("high", Assert.Single(left.EnumerateArray()).GetProperty("names").GetProperty("task").GetString());
            (await _tool.RunAsync("tasks", "show", "digits", "low")).ShouldFail(1, "'low'");
            Assert.StartsWith(
                $"{pictures[0]}: high (the only task), ", (await _tool.RunAsync("predict", "digits", pictures[0])).Output,
                StringComparison.Ordinal);
            Assert.Contains("the one task: ", (await _tool.RunAsync("evaluate", "digits")).Output, StringComparison.Ordinal);

            // A model without tasks stands in nobody's way.
            Assert.Equal(0, (await _tool.RunAsync("tasks", "delete", "digits", "high")).ExitCode);
            (await _tool.RunAsync("train", "digits", "cats", "--data", $"{table}?label=kind"))
                .ShouldFail(2, "1 numbers", ", or delete the model, which has no task: 'supsup models delete digits'");
            Assert.Equal(0, (await _tool.RunAsync("models", "delete", "digits")).ExitCode);
            (await _tool.RunAsync("evaluate", "digits")).ShouldFail(1, "there is no model 'digits'; there is none yet");
        }
        finally
        {
            silo.Kill();
            await silo.WaitForExitAsync(Stop);
        }
    }
}
