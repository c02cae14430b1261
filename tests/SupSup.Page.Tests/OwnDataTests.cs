using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static SupSup.Page.Tests.Visit;

namespace SupSup.Page.Tests;

/// <summary>A person's own data on the page: dropped, learned, asked about; and what is done with the tasks then.</summary>
public sealed partial class PageTests
{
    // Colours by class, with noise: red and blue pictures of two sizes.
    private const string Pictures = """
        async ([id, classes, count]) => {
            const transfer = new DataTransfer();
            for (let n = 0; n < count; n++) {
                const canvas = new OffscreenCanvas(24 + n % 2, 24), context = canvas.getContext("2d");
                for (let x = 0; x < 24; x += 4) for (let y = 0; y < 24; y += 4) {
                    context.fillStyle = `rgb(${classes[n % classes.length].map(c => c + Math.random() * 90).join()})`;
                    context.fillRect(x, y, 4, 4);
                }
                transfer.items.add(new File([await canvas.convertToBlob()], `${n}.png`, { type: "image/png" }));
            }
            document.querySelector(id).dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
        }
        """;

    [Fact]
    public Task Given_a_table_when_dropped_then_it_is_learned_asked_about_evaluated_renamed_and_deleted() =>
        ToAsync(_silo, "/models", async page =>
        {
            await DropTableAsync(page, "people.csv", "age,town,income");
            await Expect(page.Locator("#own-data .facts")).ToContainTextAsync("2 classes");
            await Expect(page.Locator("#own-label")).ToHaveValueAsync("income");
            await Expect(page.Locator("#own-task")).ToHaveValueAsync("people");
            await Expect(page.Locator("#own-name")).ToHaveValueAsync("my-model");
            await page.Locator("#own-name").FillAsync("customers");
            await page.Locator("#own-learn").ClickAsync();
            await Expect(page.Locator("#curves [data-state=Trained]")).ToHaveCountAsync(1);

            await Expect(page.Locator("#curves h2")).ToHaveTextAsync("people");
            await Expect(page.Locator("#curves .right")).ToHaveTextAsync(AccuracyOfTestExamples());
            await Expect(page.Locator("#curves").GetByRole(AriaRole.Link, new() { Name = "Look at it" }))
                .ToHaveAttributeAsync("href", "#/task/customers/0");
            await page.Locator("#curves").GetByRole(AriaRole.Link, new() { Name = "Ask" }).ClickAsync();
            await page.Locator("#ask-row [name=town]").SelectOptionAsync("Ulm");
            await page.Locator("#ask-row [name=age]").FillAsync("33");
            await page.GetByRole(AriaRole.Button, new() { Name = "Ask", Exact = true }).ClickAsync();
            await Expect(page.Locator(".answer-class")).ToHaveTextAsync("high");
            await Expect(page.Locator(".answer-task")).ToHaveTextAsync("people");
            await Expect(page.Locator(".answer-sure")).ToHaveTextAsync("(the only task)");

            await page.Locator(".answer-task").ClickAsync();
            await Expect(page.Locator("h1")).ToContainTextAsync("people");
            await Expect(page.Locator("#mask-picture canvas")).ToBeVisibleAsync();
            await Expect(page.Locator("path.line")).ToHaveAttributeAsync("d", CurveOfManyPoints());
            await page.GetByRole(AriaRole.Button, new() { Name = "Evaluate" }).ClickAsync();
            await Expect(page.Locator(".matrix tbody tr")).ToHaveCountAsync(2);
            await page.GetByRole(AriaRole.Button, new() { Name = "Rename" }).ClickAsync();
            await page.GetByLabel("New name").FillAsync("folk");
            await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Rename" }).ClickAsync();
            await Expect(page.Locator("main .facts").First).ToContainTextAsync("Formerlypeople");
            JsonElement task = await _silo.GetAsync("/v1/models/customers/tasks/0");
            Assert.Equal("folk", task.GetProperty("names").GetProperty("task").GetString());

            await page.GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
            await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
            await Expect(page.Locator("#task-count")).ToHaveTextAsync("0");

            // The model goes once its name was typed.
            await page.GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
            await page.GetByLabel("Its name, to confirm").FillAsync("customers");
            await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
            await Expect(page.Locator("#models .card", new() { HasText = "customers" })).ToHaveCountAsync(0);
            await Expect(page.Locator("#models .card", new() { HasText = PageSilo.Model })).ToHaveCountAsync(1);
        });

    [Fact]
    public async Task Given_a_folder_of_pictures_when_learned_then_pictures_that_are_dropped_get_their_class_and_a_model_its_copy()
    {
        Assert.SkipWhen(Browser.Program is null, "no Chromium is installed");
        DirectoryInfo folder = Directory.CreateTempSubdirectory("supsup-page-colours-");
        try
        {
            WriteColours(folder.FullName);
            await ToAsync(_silo, "/models", async page =>
            {
                await page.Locator("#own-drop-folder").SetInputFilesAsync(folder.FullName);
                await Expect(page.Locator("#own-data .facts")).ToContainTextAsync("blue, red");
                await page.Locator("#own-name").FillAsync("colours");
                await page.Locator("#own-learn").ClickAsync();
                await Expect(page.Locator("#curves [data-state=Trained]")).ToHaveCountAsync(1);
                await page.GotoAsync($"{_silo.Http.BaseAddress}#/draw/colours");
                await Expect(page.Locator("#ask-drop")).ToBeVisibleAsync();
                await page.EvaluateAsync(Pictures, new object[] { "#ask-drop", new[] { new[] { 160, 20, 20 }, [20, 20, 160] }, 4 });
                await Expect(page.Locator(".answer-class")).ToHaveTextAsync(["red", "blue", "red", "blue"]);
                await Expect(page.Locator(".verdict-card img")).ToHaveCountAsync(4);
                await page.Locator(".answer-task").First.ClickAsync();
                await Expect(page.Locator("#thumbnails canvas")).ToHaveCountAsync(4);
                IDownload onnx = await page.RunAndWaitForDownloadAsync(
                    () => page.GetByRole(AriaRole.Button, new() { Name = "Export as ONNX" }).ClickAsync());
                Assert.EndsWith(".onnx", onnx.SuggestedFilename, StringComparison.Ordinal);

                // A table is not for a model of pictures, and the first name that is offered is taken.
                using StringContent spec = new(
                    """{ "inputs": 4, "hidden": [8], "outputs": 4, "classes": 2, "seed": 1 }""", Encoding.UTF8, "application/json");
                using HttpResponseMessage made = await _silo.Http.PutAsync(
                    new Uri("/v1/models/my-model", UriKind.Relative), spec, TestContext.Current.CancellationToken);
                Assert.True(made.IsSuccessStatusCode);
                await page.GotoAsync($"{_silo.Http.BaseAddress}#/models/colours");
                await Expect(page.Locator("tbody tr")).ToContainTextAsync("2: blue, red");
                await Expect(page.Locator("#models .card", new() { HasText = "my-model" })).ToHaveCountAsync(1);
                await DropTableAsync(page, "people.csv", "age,town,income");
                await Expect(page.Locator("#own-note")).ToHaveTextAsync("a table needs a model of its own");
                await Expect(page.Locator("#own-model")).ToHaveValueAsync("");
                await Expect(page.Locator("#own-name")).ToHaveValueAsync("my-model-2");
                await Expect(page.Locator("#own-data .facts")).ToContainTextAsync("2 classes");
                using HttpResponseMessage gone = await _silo.Http.DeleteAsync(
                    new Uri("/v1/models/my-model", UriKind.Relative), TestContext.Current.CancellationToken);
                Assert.True(gone.IsSuccessStatusCode);

                IDownload file = await page.RunAndWaitForDownloadAsync(
                    () => page.GetByRole(AriaRole.Button, new() { Name = "Export" }).ClickAsync());
                IDownload card = await page.RunAndWaitForDownloadAsync(
                    () => page.GetByRole(AriaRole.Button, new() { Name = "Model card" }).ClickAsync());
                string text = await File.ReadAllTextAsync(await card.PathAsync(), TestContext.Current.CancellationToken);
                Assert.Contains("# colours", text, StringComparison.Ordinal);
                string exported = Path.Combine(folder.FullName, "copy.safetensors");
                await file.SaveAsAsync(exported);
                await page.Locator("#importing summary").ClickAsync();
                await page.Locator("#import-file").SetInputFilesAsync(exported);
                await Expect(page.Locator("#import-name")).ToHaveValueAsync("copy");
                await page.GetByRole(AriaRole.Button, new() { Name = "Import" }).ClickAsync();
                await Expect(page.Locator("#models .card[aria-current]")).ToContainTextAsync("copy");
                await Expect(page.Locator("#task-count")).ToHaveTextAsync("1");

                // Its data are not in the file, which is said where it is asked for.
                await page.Locator("tbody a").ClickAsync();
                await Expect(page.Locator("#thumbnails")).ToContainTextAsync("its data are not here");
                await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Evaluate" })).ToBeDisabledAsync();
                await page.GotoAsync($"{_silo.Http.BaseAddress}#/accuracy/copy");
                await page.GetByRole(AriaRole.Button, new() { Name = "Evaluate" }).ClickAsync();
                await Expect(page.Locator("#problems")).ToContainTextAsync("cannot be evaluated");
            });
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Given_a_network_over_pictures_when_a_model_of_it_is_created_and_trained_then_colour_pictures_get_their_class()
    {
        Assert.SkipWhen(Browser.Program is null, "no Chromium is installed");
        DirectoryInfo folder = Directory.CreateTempSubdirectory("supsup-page-network-");
        try
        {
            WriteColours(folder.FullName);
            await ToAsync(_silo, "/models", async page =>
            {
                await page.Locator("#creation summary").ClickAsync();
                await page.Locator("#create input[name=name]").FillAsync("convolved");
                await page.Locator("#create input[name=network]").FillAsync("conv8-norm-relu-average/3x16x16-4");
                await page.Locator("#create input[name=classes]").FillAsync("2");
                await page.GetByRole(AriaRole.Button, new() { Name = "Create" }).ClickAsync();
                await Expect(page.Locator("#task-count")).ToHaveTextAsync("0");
                await Expect(page.Locator("main .facts").First).ToContainTextAsync("top-k:er-16");

                // Fewer batches than the page would order.
                const string training = "/v1/models/convolved/tasks/0/training";
                object order = new { data = new { dataset = $"{folder.FullName}?size=16&colour" }, batches = 100, batchSize = 16 };
                using StringContent body = new(JsonSerializer.Serialize(order), Encoding.UTF8, "application/json");
                using HttpResponseMessage ordered = await _silo.Http.PutAsync(
                    new Uri(training, UriKind.Relative), body, TestContext.Current.CancellationToken);
                Assert.Equal(HttpStatusCode.Accepted, ordered.StatusCode);
                string progress = await _silo.Http.GetStringAsync($"{training}/progress", TestContext.Current.CancellationToken);
                Assert.Contains("\"Trained\"", progress, StringComparison.Ordinal);
                await Expect(page.Locator("#task-count")).ToHaveTextAsync("1");

                await page.GotoAsync($"{_silo.Http.BaseAddress}#/draw/convolved");
                await page.Locator("#ask-drop").WaitForAsync();
                await page.EvaluateAsync(Pictures, new object[] { "#ask-drop", new[] { new[] { 160, 20, 20 }, [20, 20, 160] }, 2 });
                await Expect(page.Locator(".answer-class")).ToHaveTextAsync(["red", "blue"]);
            });
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public Task Given_data_that_cannot_be_read_when_dropped_then_it_is_said_why_and_nothing_is_made() => ToAsync(
        _silo,
        "/models",
        async page =>
        {
            await page.Locator("#own-drop").WaitForAsync();
            await page.EvaluateAsync(Pictures, new object[] { "#own-drop", new[] { new[] { 160, 20, 20 } }, 3 });
            await Expect(page.Locator("#own-data [role=alert] strong")).ToHaveTextAsync("These are no data to learn from");
            await Expect(page.Locator("#own-data [role=alert]")).ToContainTextAsync("the 3 files");
            await Expect(page.Locator("#own-data [role=alert]")).Not.ToContainTextAsync("data.tar");
            await Expect(page.Locator("#own-learn")).ToBeDisabledAsync();
            Assert.DoesNotContain("my-model", $"{await _silo.GetAsync("/v1/models")}", StringComparison.Ordinal);
            await page.GotoAsync($"{_silo.Http.BaseAddress}#/models/%E0%A4%A");
            await Expect(page.Locator("#models .card").First).ToBeVisibleAsync();
        },
        refused: (int)HttpStatusCode.BadRequest);

    [Fact]
    public Task Given_a_file_that_cannot_be_read_when_asked_about_then_its_card_says_so_and_the_others_are_answered() => ToAsync(
        _silo,
        $"/draw/{PageSilo.Model}",
        async page =>
        {
            await page.Locator("#ask-drop").WaitForAsync();
            await page.EvaluateAsync(
                """
                async () => {
                    const transfer = new DataTransfer(), canvas = new OffscreenCanvas(28, 28), context = canvas.getContext("2d");
                    for (let n = 0; n < 784; n++) {
                        context.fillStyle = n * 7 % 3 ? "black" : "white";
                        context.fillRect(n % 28, Math.floor(n / 28), 1, 1);
                    }
                    transfer.items.add(new File(["no picture"], "broken.jpg", { type: "image/jpeg" }));
                    transfer.items.add(new File(["a letter"], "letter.doc"));
                    transfer.items.add(new File([await canvas.convertToBlob()], "noise.png", { type: "image/png" }));
                    document.querySelector("#ask-drop").dispatchEvent(
                        new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
                }
                """);
            ILocator cards = page.Locator(".verdict-card");
            await Expect(cards).ToHaveCountAsync(3);
            await Expect(cards.Nth(0).Locator(".bad")).ToContainTextAsync("broken.jpg");
            await Expect(cards.Nth(0)).Not.ToContainTextAsync("the body");
            await Expect(cards.Nth(1).Locator(".bad")).ToContainTextAsync("no kind that is taken");
            await Expect(cards.Nth(2).Locator(".answer-sure")).ToHaveTextAsync(Probability());
            await Expect(cards.Nth(2).Locator(".unknown")).ToHaveTextAsync("unlike what this task learned");
            await Expect(page.Locator("main [role=alert]:visible")).ToHaveCountAsync(0);
        },
        refused: (int)HttpStatusCode.BadRequest);

    [GeneratedRegex(@"^\d+\.\d % of \d+ test examples right")]
    private static partial Regex AccuracyOfTestExamples();

    [GeneratedRegex(@"^\(\d+ %\)$")]
    private static partial Regex Probability();

    private static async Task DropTableAsync(IPage page, string name, string header)
    {
        string rows = string.Concat(
            Enumerable.Range(0, 400).Select(n => $"{20 + (n * 7 % 60)},{(n % 2 == 0 ? "Ulm,high" : "Bonn,low")}\n"));
        await page.Locator("#own-drop").WaitForAsync();
        await page.EvaluateAsync(
            """
            ([name, text]) => {
                const transfer = new DataTransfer();
                transfer.items.add(new File([text], name, { type: "text/csv" }));
                document.querySelector("#own-drop").dispatchEvent(
                    new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
            }
            """,
            new[] { name, $"{header}\n{rows}" });
    }

    // 24 bits a pixel, 24 by 24 of them; 72 bytes a row need no filling up.
    private static void WriteColours(string folder)
    {
        Random random = new(1);
        foreach ((string half, int count) in new[] { ("train", 40), ("test", 2) })
        {
            foreach ((string name, int blue, int red) in new[] { ("red", 20, 160), ("blue", 160, 20) })
            {
                string own = Directory.CreateDirectory(Path.Combine(folder, half, name)).FullName;
                for (int n = 0; n < count; n++)
                {
                    byte[] file = new byte[54 + (24 * 24 * 3)];
                    "BM"u8.CopyTo(file);
                    (int, int)[] head = [(2, file.Length), (10, 54), (14, 40), (18, 24), (22, 24), (26, 1 | (24 << 16))];
                    foreach ((int at, int value) in head)
                        BitConverter.TryWriteBytes(file.AsSpan(at), value);
                    for (int at = 54; at < file.Length; at++)
                        file[at] = (byte)(random.Next(90) + ((at % 3) switch { 0 => blue, 1 => 20, _ => red }));
                    File.WriteAllBytes(Path.Combine(own, $"{n}.bmp"), file);
                }
            }
        }
    }
}
