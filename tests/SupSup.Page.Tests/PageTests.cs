using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using SupSup.Silo.Security;
using static SupSup.Page.Tests.Visit;

namespace SupSup.Page.Tests;

/// <summary>The page in a real browser, against a real silo.</summary>
public sealed partial class PageTests : IClassFixture<PageSilo>
{
    private const string SizesOfImages =
        "[...document.querySelectorAll('canvas.pixels')].map(canvas => `${canvas.width}x${canvas.height}`).join(' ')";

    private readonly PageSilo _silo;

    public PageTests(PageSilo silo)
    {
        _silo = silo;
        BePatient();
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public Task Given_models_when_the_page_is_opened_then_they_are_listed_and_the_chosen_one_is_told() =>
        ToAsync(_silo, $"/models/{PageSilo.Model}", async page =>
        {
            await Expect(page.Locator("#models .card", new() { HasText = PageSilo.Model })).ToContainTextAsync("784-100-50");
            await Expect(page.Locator("#models .card", new() { HasText = "streamed" })).ToContainTextAsync("1 stream");
            await Expect(page.Locator("#task-count")).ToHaveTextAsync($"{PageSilo.Tasks}");
            await Expect(page.Locator("tbody tr")).ToHaveCountAsync(PageSilo.Tasks);
            await Assertions.Expect(page).ToHaveTitleAsync(TitleOfModel());
            await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Orleans dashboard" })).ToBeVisibleAsync();
            await Expect(page.GetByRole(AriaRole.Link, new() { Name = "OpenAPI" })).ToBeVisibleAsync();
        });

    [Fact]
    public async Task Given_the_page_when_loaded_then_its_content_policy_allows_nothing_inline_and_nothing_from_other_hosts()
    {
        Assert.SkipWhen(Browser.Program is null, "no silo was started, since no Chromium is installed");
        using HttpResponseMessage response = await _silo.Http.GetAsync(new Uri("/", UriKind.Relative), Stop);
        string policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
        Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self'; ", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("http", policy, StringComparison.Ordinal);
    }

    [Fact]
    public Task Given_the_page_when_a_model_is_created_and_trained_from_it_then_curves_are_drawn_and_its_tasks_listed() =>
        ToAsync(_silo, "/models", async page =>
        {
            await page.Locator("#creation summary").ClickAsync();
            await page.Locator("#create input[name=name]").FillAsync("from-page");
            await page.Locator("#create input[name=network]").FillAsync("784-100-50");
            await page.GetByRole(AriaRole.Button, new() { Name = "Create" }).ClickAsync();
            await Expect(page.Locator("#task-count")).ToHaveTextAsync("0");

            await page.GetByLabel("Number of tasks").FillAsync("3");
            await page.GetByRole(AriaRole.Button, new() { Name = "Train", Exact = true }).ClickAsync();
            await page.GetByRole(AriaRole.Link, new() { Name = "See the curves" }).ClickAsync();
            await Expect(page.Locator("#curves [data-state=Trained]")).ToHaveCountAsync(3);
            for (int task = 0; task < 3; task++)
                await Expect(page.Locator($"#curves [data-task='{task}'] path.line")).ToHaveAttributeAsync("d", CurveOfManyPoints());

            await page.GetByRole(AriaRole.Link, new() { Name = "Models" }).ClickAsync();
            await Expect(page.Locator("#task-count")).ToHaveTextAsync("3");
            await Expect(page.Locator("tbody tr")).ToHaveCountAsync(3);
            Assert.Equal(3, (await _silo.GetAsync("/v1/models/from-page")).GetProperty("tasks").GetInt32());
            Assert.Equal([0, 1, 2], (await _silo.GetAsync("/v1/models/from-page/tasks")).GetProperty("tasks").EnumerateArray()
                .Select(task => task.GetProperty("order").GetProperty("data").GetProperty("index").GetInt32()).Order());
        });

    [Fact]
    public Task Given_a_digit_drawn_by_mouse_when_seen_as_a_task_then_that_task_and_its_class_are_inferred() =>
        ToAsync(_silo, $"/draw/{PageSilo.Model}", async page =>
        {
            foreach (string task in new[] { "4", "7" })
            {
                await page.Locator("#as-task").FillAsync(task);
                await page.Locator("#clear").ClickAsync();
                await page.DrawZeroAsync();
                await Expect(page.Locator("#inferred-task")).ToHaveTextAsync(task);
                await Expect(page.Locator("#inferred-class")).ToHaveTextAsync("0");
                await Expect(page.Locator("#scores .bar")).ToHaveCountAsync(PageSilo.Tasks);
                await Expect(page.Locator("#scores .bar").First).ToHaveClassAsync(TrueAndInferred());
            }

            await page.Locator("#clear").ClickAsync();
            await Expect(page.Locator("#inferred-task")).ToHaveCountAsync(0);
        });

    [Fact]
    public Task Given_a_test_image_when_not_permuted_then_it_is_of_no_task_and_said_to_be_unknown() =>
        ToAsync(_silo, $"/draw/{PageSilo.Model}", async page =>
        {
            await page.Locator("#as-task").FillAsync("3");
            await page.Locator("#take").ClickAsync();
            await Expect(page.Locator("#label")).ToHaveTextAsync("Test image 0 of mnist, labelled 7");
            await Expect(page.Locator("#inferred-task")).ToHaveTextAsync("3");
            await Expect(page.Locator(".unknown")).ToHaveCountAsync(0);
            await page.Locator("#seen-plain").CheckAsync();
            await Expect(page.Locator(".unknown")).ToBeVisibleAsync();
            await Expect(page.Locator("#scores .bar.true")).ToHaveCountAsync(0);
        });

    [Fact]
    public async Task Given_a_model_of_a_users_own_images_when_drawn_on_then_pad_and_images_have_their_size_and_number()
    {
        Assert.SkipWhen(Browser.Program is null, "no Chromium is installed");
        DirectoryInfo data = Directory.CreateTempSubdirectory("supsup-page-data-");
        try
        {
            await _silo.LearnBarsAsync("bars", data.FullName);
            await ToAsync(_silo, "/draw/bars", async page =>
            {
                await page.Locator("#take").ClickAsync();
                await Expect(page.Locator("#label")).ToHaveTextAsync($"Test image 0 of {data.FullName}, labelled 0");
                await Expect(page.Locator("#inferred-task")).ToHaveTextAsync("0");
                await Expect(page.Locator("#inferred-class")).ToHaveTextAsync("0");
                await Expect(page.Locator("#test-image")).ToHaveAttributeAsync("max", "29");
                Assert.Equal("20x12 20x12 20x12", await page.EvaluateAsync<string>(SizesOfImages));
                LocatorBoundingBoxResult pad = (await page.Locator("#pad").BoundingBoxAsync())!;
                Assert.InRange(pad.Width / pad.Height, 1.6, 1.73);

                await page.Locator("#test-image").FillAsync("29");
                await page.Locator("#as-task").FillAsync("1");
                await page.Locator("#take").ClickAsync();
                await Expect(page.Locator("#label")).ToContainTextAsync("Test image 29");
                await Expect(page.Locator("#inferred-task")).ToHaveTextAsync("1");
                await page.Locator("#clear").ClickAsync();
                await page.DrawZeroAsync();
                await Expect(page.Locator("#inferred-task")).ToBeVisibleAsync();
                await page.Locator("#test-data").SelectOptionAsync("mnist");
                await page.Locator("#take").ClickAsync();
                await Expect(page.Locator("main [role=alert]:visible")).ToContainTextAsync("28 × 28");
            });
        }
        finally
        {
            data.Delete(recursive: true);
        }
    }

    [Fact]
    public Task Given_a_model_of_submitted_batches_when_drawn_on_then_its_images_are_square_and_what_lacks_is_said() => ToAsync(
        _silo,
        "/draw/streamed",
        async page =>
        {
            await Expect(page.Locator("#test-data option")).ToHaveCountAsync(2);
            await page.Locator("#seen-plain").CheckAsync();
            await page.DrawZeroAsync();
            await Expect(page.Locator("main [role=alert]:visible")).ToContainTextAsync("normalised");
            Assert.Equal("8x8 8x8 8x8", await page.EvaluateAsync<string>(SizesOfImages));
        },
        refused: (int)HttpStatusCode.BadRequest);

    [Fact]
    public Task Given_learned_tasks_when_evaluated_then_the_chart_has_each_of_them_and_the_means() =>
        ToAsync(_silo, $"/accuracy/{PageSilo.Model}", async page =>
        {
            await page.GetByRole(AriaRole.Button, new() { Name = "Evaluate" }).ClickAsync();
            await Expect(page.Locator("#results .dot.inferred")).ToHaveCountAsync(PageSilo.Tasks);
            await Expect(page.Locator("#results .dot.given")).ToHaveCountAsync(PageSilo.Tasks);
            await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Evaluate" })).ToBeEnabledAsync();
            string[] means = await page.Locator("#means dd").AllInnerTextsAsync() is { } texts ? [.. texts] : [];
            Assert.Equal($"{PageSilo.Tasks}", means[0]);
            Assert.All(means[1..], mean => Assert.InRange(double.Parse(mean.TrimEnd(' ', '%'), CultureInfo.InvariantCulture), 70, 100));
        });

    [Fact]
    public Task Given_an_evaluation_when_cancelled_then_what_came_stays_and_another_can_be_started() =>
        ToAsync(_silo, $"/accuracy/{PageSilo.Model}", async page =>
        {
            await page.GetByLabel("Test images each").FillAsync("10000");
            await page.GetByRole(AriaRole.Button, new() { Name = "Evaluate" }).ClickAsync();
            await Expect(page.Locator("#results .dot.inferred").First).ToBeVisibleAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
            await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Evaluate" })).ToBeEnabledAsync();
            Assert.InRange(await page.Locator("#results .dot.inferred").CountAsync(), 1, PageSilo.Tasks - 1);
            await Expect(page.Locator("main [role=alert]:visible")).ToHaveCountAsync(0);
        });

    [Fact]
    public Task Given_masks_when_looked_for_then_silo_shard_and_number_are_shown() =>
        ToAsync(_silo, $"/masks/{PageSilo.Model}", async page =>
        {
            ILocator silo = page.Locator("#silos .silo");
            await Expect(silo).ToHaveCountAsync(1);
            await Expect(silo).ToContainTextAsync(PageSilo.Name);
            await Expect(silo).ToContainTextAsync("Active");
            await Expect(silo.Locator(".shards li")).ToContainTextAsync($"{PageSilo.Tasks} masks");
            ILocator readAll = page.GetByRole(AriaRole.Button, new() { Name = "Read all" }), good = page.Locator(".good");
            await Expect(readAll.Or(good)).ToBeVisibleAsync(); // whether a question has read them before or not
            if (await readAll.IsVisibleAsync()) await readAll.ClickAsync();
            await Expect(good).ToHaveTextAsync("every mask can be read");
        });

    [Fact]
    public Task Given_a_stream_at_its_cap_when_looked_at_then_its_segments_and_the_cap_are_shown() =>
        ToAsync(_silo, "/streams/streamed", async page =>
        {
            System.Text.Json.JsonElement stream = await _silo.GetAsync($"/v1/models/streamed/streams/{PageSilo.Stream}");
            string[] kinds =
                [.. stream.GetProperty("allocations").EnumerateArray().Select(allocation => allocation.GetProperty("kind").GetString()!)];
            Assert.Equal("Allocated", kinds[0]);
            foreach (string kind in kinds.Distinct()) await Expect(page.Locator($".chart .kind.{kind}").First).ToBeVisibleAsync();
            await Expect(page.Locator(".chart rect.kind[y='4']")).ToHaveCountAsync(kinds.Length);
            await Expect(page.Locator(".facts")).ToContainTextAsync("1 of 1");
        });

    [Theory]
    [InlineData("models")]
    [InlineData("training")]
    [InlineData("masks")]
    [InlineData("draw")]
    [InlineData("accuracy")]
    [InlineData("streams")]
    public Task Given_a_phone_when_any_view_is_opened_then_nothing_sticks_out_sideways(string view) => ToAsync(
        _silo,
        $"/{view}/{(view == "streams" ? "streamed" : PageSilo.Model)}",
        async page =>
        {
            await Expect(page.Locator($"#nav a[data-view={view}]")).ToHaveAttributeAsync("aria-current", "page");
            if (view == "draw") await page.Locator("#take").ClickAsync();
            if (view == "accuracy") await page.GetByRole(AriaRole.Button, new() { Name = "Evaluate" }).ClickAsync();
            await Expect(page.Locator(view switch
            {
                "models" => "tbody tr",
                "masks" => ".shards li",
                "draw" => "#scores .bar",
                "accuracy" => "#results .dot",
                "streams" => ".chart .kind",
                _ => "#view p",
            }).First).ToBeVisibleAsync();
            Assert.Equal(390, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
            LocatorBoundingBoxResult tab = (await page.Locator("#nav a").Last.BoundingBoxAsync())!;
            Assert.InRange(tab.X + tab.Width, 0, 390);
            Assert.InRange(tab.Y + tab.Height, 0, 844);
        },
        new()
        {
            ViewportSize = new() { Width = 390, Height = 844 },
            IsMobile = true,
            HasTouch = true,
            DeviceScaleFactor = 2,
            ColorScheme = ColorScheme.Dark
        });

    [Fact]
    public Task Given_a_refusal_when_a_model_is_created_then_the_detail_is_shown_with_a_retry() => ToAsync(
        _silo,
        "/models",
        async page =>
        {
            await page.Locator("#creation summary").ClickAsync();
            await page.Locator("#create input[name=name]").FillAsync(PageSilo.Model);
            await page.GetByRole(AriaRole.Button, new() { Name = "Create" }).ClickAsync();
            await Expect(page.Locator("#create [role=alert]")).ToContainTextAsync($"{PageSilo.Model}");
            await Expect(page.Locator("#create [role=alert] button")).ToBeVisibleAsync();
        },
        refused: (int)HttpStatusCode.Conflict);

    [Fact]
    public async Task Given_a_silo_that_wants_keys_when_one_is_given_then_the_page_goes_on_and_keeps_it_for_the_tab_alone()
    {
        Assert.SkipWhen(Browser.Program is null, "no Chromium is installed");
        (string secret, ApiKey kept) = ApiKey.Create("tests", "admin", expires: null);
        string file = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(file, new ApiKeyFile { Keys = [kept] }.ToBytes(), Stop);
            await using PageSilo silo = await PageSilo.StartAsync(("Security:KeysFile", file), ("Http:OpenApi", "true"));
            await ToAsync(
                silo,
                "/models",
                async page =>
                {
                    await page.GetByRole(AriaRole.Dialog).GetByLabel("API key").FillAsync(secret);
                    await page.GetByRole(AriaRole.Button, new() { Name = "Use this key" }).ClickAsync();
                    await Expect(page.Locator("#welcome")).ToContainTextAsync("Three ways to begin");
                    Assert.Equal($"1 0 {secret}", await page.EvaluateAsync<string>(
                        "`${sessionStorage.length} ${localStorage.length} ${sessionStorage.getItem(sessionStorage.key(0))}`"));
                },
                refused: (int)HttpStatusCode.Unauthorized,
                browser: _silo.Browser);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [GeneratedRegex("digits – SupSup$")]
    private static partial Regex TitleOfModel();

    [GeneratedRegex("^M[^L]+(L[^L]+){20,}$")]
    private static partial Regex CurveOfManyPoints();

    [GeneratedRegex(@"\btrue\b.*\binferred\b")]
    private static partial Regex TrueAndInferred();
}
