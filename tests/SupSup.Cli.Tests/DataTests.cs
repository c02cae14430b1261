using System.Text.Json;

namespace SupSup.Cli.Tests;

public sealed class DataTests : IDisposable
{
    private readonly Tool _tool = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _tool.Dispose();

    [Fact]
    public async Task Given_a_table_when_inspected_then_what_was_understood_is_shown_and_a_sheet_drawn()
    {
        string table = _tool.In("t.csv");
        await File.WriteAllTextAsync(
            table, $"x,kind\n{string.Concat(Enumerable.Range(0, 10).Select(n => $"{n},{(n % 2 == 0 ? "a" : "b")}\n"))}", Stop);

        Tool.Outcome text = await _tool.RunAsync("data", "inspect", $"{table}?label=kind", "--out", _tool.In("sheet.png"));
        Tool.Outcome json = await _tool.RunAsync("data", "inspect", $"{table}?label=kind", "--json");

        Assert.Equal((0, 0), (text.ExitCode, json.ExitCode));
        foreach (string line in new[] { "8 training and 2 test examples of 1 numbers: 1 inputs, 2 classes", "checksum ", "input 0" })
            Assert.Contains(line, text.Output, StringComparison.Ordinal);
        Assert.Contains("(a fifth of each class) are kept for testing", text.Error, StringComparison.Ordinal);
        Assert.Equal([0x89, 0x50], (await File.ReadAllBytesAsync(_tool.In("sheet.png"), Stop))[..2]);
        JsonElement found = json.Json;
        Assert.Equal(("numbers", 8), (found.GetProperty("kind").GetString(), found.GetProperty("train").GetInt32()));
        Assert.Equal("b", found.GetProperty("classes")[1].GetProperty("name").GetString());
    }

    [Fact]
    public async Task Given_an_unknown_option_when_inspected_then_known_ones_are_listed()
    {
        await File.WriteAllTextAsync(_tool.In("t.csv"), "x,label\n1,a\n", Stop);

        (await _tool.RunAsync("data", "inspect", $"{_tool.In("t.csv")}?sise=3")).ShouldFail(1, "unknown option 'sise'", "split");
    }
}
