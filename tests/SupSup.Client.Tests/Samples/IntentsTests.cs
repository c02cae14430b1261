using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace SupSup.Client.Tests.Samples;

/// <summary>The sample on half of its excerpt.</summary>
public sealed partial class IntentsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("supsup-intents-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Given_domains_when_they_are_learned_then_domain_and_intent_of_sentences_are_found_and_others_are_unknown()
    {
        string domains = Path.Combine(_folder, "domains.json");
        Dictionary<string, string[]> all = JsonSerializer.Deserialize<Dictionary<string, string[]>>(await File.ReadAllTextAsync(
            Path.Combine(SampleProgram.FolderOf("Intents"), "data", "domains.json"), Stop))!;
        Dictionary<string, string[]> half = all.Where(pair => pair.Key is "banking" or "travel").ToDictionary();
        await File.WriteAllTextAsync(domains, JsonSerializer.Serialize(half), Stop);
        await using SiloProcess silo = await SiloProcess.StartAsync(Path.Combine(_folder, "store"));
        string[] options = ["--domains", domains, "--gateway", $"127.0.0.1:{silo.Gateway}"];

        (int code, string learned, string progress) = await RunAsync(["learn", .. options]);
        Assert.True(code == 0, progress);
        const string Learned = @"12 intents learned from 288 sentences in [\d.]+ s\n";
        Assert.Matches($"^banking: {Learned}travel: {Learned}$", learned);
        Assert.Contains("travel: 300 of 300 batches", progress, StringComparison.Ordinal);

        (code, string again, progress) = await RunAsync(["learn", .. options]);
        Assert.Equal((0, "banking: learned before\ntravel: learned before\n", ""), (code, again, progress));

        (code, string measured, progress) = await RunAsync(["evaluate", "--unknown-rate", "0.05", .. options]);
        Assert.True(code == 0, progress);
        Match result = Result().Match(measured);
        Assert.True(result.Success, measured);
        Assert.InRange(Percent(result, 1), 95, 100);
        Assert.InRange(Percent(result, 2), 90, 100);
        Assert.InRange(Percent(result, 3), 0, 20);
        Assert.InRange(Percent(result, 4), 70, 100);

        string[] asked = ["freeze my bank account please", "do i need a visa to go to china", "how old is the universe"];
        (code, string answers, progress) = await RunAsync(["ask", .. options], string.Join('\n', asked));
        Assert.True(code == 0, progress);
        string[] lines = answers.Split('\n');
        Assert.Matches(@"^freeze my bank account please: banking, freeze_account \(\d+ %\)$", lines[0]);
        Assert.Matches(@"^do i need a visa to go to china: travel, international_visa \(\d+ %\)$", lines[1]);
        Assert.StartsWith("how old is the universe: unknown; if anything, ", lines[2], StringComparison.Ordinal);
        (_, string one, _) = await RunAsync(["ask", asked[0], .. options]);
        Assert.Equal($"{lines[0]}\n", one);
    }

    [Fact]
    public async Task Given_mistakes_when_the_sample_runs_then_it_says_what_is_wrong()
    {
        (int code, string output, string error) = await RunAsync(["guess"]);
        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith("invalid command 'guess'\nusage: ", error, StringComparison.Ordinal);
        (code, _, error) = await RunAsync(["ask", "--unknown-rate", "2"]);
        Assert.Equal(2, code);
        Assert.StartsWith("invalid option '--unknown-rate 2'\nusage: ", error, StringComparison.Ordinal);
        (code, _, error) = await RunAsync(["learn", "--data", "nowhere.json"]);
        Assert.Equal(1, code);
        Assert.Contains("nowhere.json", error, StringComparison.Ordinal);
        string data = Path.Combine(_folder, "data.json");
        await File.WriteAllTextAsync(data, """{"test": []}""", Stop);
        (code, _, error) = await RunAsync(["learn", "--data", data]);
        Assert.Equal((1, $"{data} has no split 'train'; it needs train, test, oos_test"), (code, error.TrimEnd()));
        await File.WriteAllTextAsync(data, """{"train": [["what is my balance", "balance"]], "test": [], "oos_test": []}""", Stop);
        (code, _, error) = await RunAsync(["learn", "--data", data]);
        Assert.Equal(1, code);
        Assert.StartsWith($"{data} has no training sentence of domain 'travel'; add some, or ", error, StringComparison.Ordinal);
    }

    private static Task<(int Code, string Output, string Error)> RunAsync(string[] arguments, string input = "") =>
        SampleProgram.RunAsync("Intents", arguments, input);

    private static double Percent(Match result, int group) => double.Parse(result.Groups[group].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^96 sentences of 2 domains: domain found ([\d.]+) %, domain and intent ([\d.]+) %, taken for unknown ([\d.]+) %\n"
        + @"100 sentences of no domain: told as unknown ([\d.]+) %\n$")]
    private static partial Regex Result();
}
