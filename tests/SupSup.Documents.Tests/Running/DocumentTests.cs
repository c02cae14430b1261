using System.Text.Json;
using System.Text.RegularExpressions;
using SupSup.Documents.Tests.Markdown;

namespace SupSup.Documents.Tests.Running;

/// <summary>
/// Every document's blocks run in order, each document in a sandbox of its own: commands succeed and print what is shown,
/// C# compiles and runs.
/// </summary>
public sealed partial class DocumentTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    // The one document to run, while it is being written.
    private static string? Only => Environment.GetEnvironmentVariable("SUPSUP_DOCUMENT");

    public static TheoryData<string> Documents =>
    [
        .. Document.All.Where(document => document.Blocks.Any(IsRun)).Select(document => document.Path)
            .Where(path => path == (Only ?? path)),
    ];

    [Theory]
    [MemberData(nameof(Documents))]
    public async Task Given_a_document_when_its_blocks_are_run_in_order_then_they_do_what_it_says(string path)
    {
        using Sandbox sandbox = new();
        await using ShellSession shell = new(sandbox);
        CodeSession code = new();
        string printed = "";
        bool ran = false;
        foreach (Block block in Document.All.Single(document => document.Path == path).Blocks)
        {
            // Shown output belongs to the block before it.
            if (block.Language == "output" && ran) Compare(block, block.Text.Split('\n'), printed);
            if (block.IsCode) ran = IsRun(block);
            if (!ran || !block.IsCode) continue;
            try
            {
                printed = await RunAsync(block, sandbox, shell, code);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                Assert.Fail($"{block}: {e.Message}");
            }

            Assert.False(NoNumber().IsMatch(printed), $"{block} prints what is no number:\n{printed}");
        }
    }

    private static bool IsRun(Block block) => block.IsCode && block.NotRun is null && (block.Long is null || Substitutions.AreLong);

    private static async Task<string> RunAsync(Block block, Sandbox sandbox, ShellSession shell, CodeSession code)
    {
        foreach (Remark remark in block.Remarks)
        {
            if (remark.Kind == "before") await shell.RunAsync(sandbox.Substitutions.Shell(remark.Text, null), Stop);
            if (remark.Kind == "before, in C#") await code.RunAsync(remark.Text, sandbox.Substitutions.Code(remark.Text), Stop);
            if (remark.Kind == "if"
                && (await shell.RunAsync($"if {remark.Text} 2>/dev/null >&2; then echo yes; fi", Stop)).Length == 0) return "";
        }

        if (block.Language == "csharp")
        {
            (TextWriter output, TextWriter error) = (Console.Out, Console.Error);
            using StringWriter printed = new();
            Console.SetOut(printed);
            Console.SetError(TextWriter.Null);
            try
            {
                await code.RunAsync(block.Text, sandbox.Substitutions.Code(block.Text), Stop);
                return printed.ToString();
            }
            finally
            {
                Console.SetOut(output);
                Console.SetError(error);
            }
        }

        List<string> all = [];
        foreach ((string command, string[] shown) in block.Steps())
        {
            string? model = command.Contains("models/MODEL", StringComparison.Ordinal) ? await FirstModelAsync(sandbox.Silo) : null;
            all.Add(await shell.RunAsync(sandbox.Substitutions.Shell(command, model), Stop));
            Compare(block, shown, sandbox.AsShown(all[^1]));
        }

        return string.Join('\n', all);
    }

    private static void Compare(Block block, IEnumerable<string> shown, string printed) => Assert.True(
        ShownOutput.Missing(shown, printed) is not { } line, $"{block} shows a line that is not printed:\n"
            + $"{ShownOutput.Missing(shown, printed)}\nbut:\n{printed}");

    private static async Task<string> FirstModelAsync(Uri silo)
    {
        using HttpClient http = new() { BaseAddress = silo };
        JsonElement answer = JsonSerializer.Deserialize<JsonElement>(await http.GetStringAsync("/v1/models", Stop));
        return answer.GetProperty("models")[0].GetProperty("name").GetString()!;
    }

    [GeneratedRegex(@"(?<!"")\b(NaN|Infinity|∞)\b")]
    private static partial Regex NoNumber();
}
