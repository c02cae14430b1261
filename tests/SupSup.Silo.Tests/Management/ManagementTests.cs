using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using SupSup.Core.Masks;
using SupSup.Silo.Tests.Http;

namespace SupSup.Silo.Tests.Management;

public sealed class ManagementTests(ApiSilo silo) : IClassFixture<ApiSilo>
{
    private const string Model = $"/v1/models/{ApiSilo.Model}";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_a_model_when_created_again_then_the_same_definition_is_confirmed_and_another_is_refused()
    {
        object spec = new { inputs = 64, hidden = new[] { 16 }, outputs = 20, classes = 4, seed = 7 };
        Assert.Equal(HttpStatusCode.OK, (await silo.PutAsync("/v1/models/twice", spec)).Code);
        (HttpStatusCode code, JsonElement body) = await silo.PutAsync("/v1/models/twice", spec);
        Assert.Equal(HttpStatusCode.OK, code);
        Assert.Equal(("twice", 64, 0), (body.GetProperty("name").GetString(), body.GetProperty("spec").GetProperty("inputs").GetInt32(),
            body.GetProperty("tasks").GetInt32()));
        (code, body) = await silo.PutAsync(
            "/v1/models/twice", new { inputs = 64, hidden = new[] { 17 }, outputs = 20, classes = 4, seed = 7 });
        Assert.Equal(HttpStatusCode.Conflict, code);
        Assert.Contains("twice", body.GetProperty("detail").GetString(), StringComparison.Ordinal);

        JsonElement list = (await silo.GetAsync("/v1/models")).Body.GetProperty("models");
        Assert.Equal(
            list.GetArrayLength(), list.EnumerateArray().Select(model => model.GetProperty("name").GetString()).Distinct().Count());
        Assert.Contains("twice", list.EnumerateArray().Select(model => model.GetProperty("name").GetString()));
        Assert.Equal(ApiSilo.Tasks, list.EnumerateArray().Single(model => model.GetProperty("name").GetString() == ApiSilo.Model)
            .GetProperty("tasks").GetInt32());
    }

    [Fact]
    public async Task Given_a_plan_and_a_mask_rule_when_created_then_both_are_shown_with_the_sizes_and_a_task_is_learned_so()
    {
        object spec = new { plan = "lenet-300-100/784-500", classes = 10, seed = 7, maskRule = "top-k:er-8" };
        (HttpStatusCode code, JsonElement body) = await silo.PutAsync("/v1/models/sparse", spec);
        Assert.True(code == HttpStatusCode.OK, body.ToString());
        JsonElement shown = body.GetProperty("spec");
        Assert.Equal(
            ("784-300-100-500", 784, 500, "top-k:er-8"),
            (shown.GetProperty("plan").GetString(), shown.GetProperty("inputs").GetInt32(),
                shown.GetProperty("outputs").GetInt32(), shown.GetProperty("maskRule").GetString()));
        Assert.Equal([300, 100], shown.GetProperty("hidden").EnumerateArray().Select(size => size.GetInt32()));

        object order = new { data = new { dataset = "mnist", seed = 1, index = 0 }, recipe = "fast", batches = 30 };
        (code, body) = await silo.PutAsync("/v1/models/sparse/tasks/0/training", order);
        Assert.True(code == HttpStatusCode.Accepted, body.ToString());
        string progress = await silo.Http.GetStringAsync("/v1/models/sparse/tasks/0/training/progress", Stop);
        Assert.Contains("\"Trained\"", ApiSilo.Lines(progress)[^1].ToString(), StringComparison.Ordinal);
        byte[] mask = await silo.Http.GetByteArrayAsync("/v1/models/sparse/tasks/0/mask", Stop);
        Assert.Equal(8_672, BitConverter.ToInt32(mask, 36)); // ones of the first layer, in the file's layer table

        object dense = new { plan = "lenet-300-100/784-500", classes = 10, seed = 7, maskRule = "top-k:2" };
        (code, body) = await silo.PutAsync("/v1/models/sparser", dense);
        Assert.Equal(HttpStatusCode.BadRequest, code);
        Assert.Contains("top-k:2", body.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("conv8-norm-relu-average/3x8x8-5", "top-k:er-16")]
    [InlineData("lenet-300-100/64-20", "threshold")]
    [InlineData("64-16-20", "threshold")]
    public async Task Given_a_plan_without_a_mask_rule_when_created_then_the_rule_is_that_of_its_kind(string plan, string rule)
    {
        object spec = new { plan, classes = 4, seed = 7 };
        string path = $"/v1/models/ruled{plan.Length}";
        foreach (object body in new[] { spec, spec, new { plan, classes = 4, seed = 7, maskRule = rule } })
        {
            (HttpStatusCode code, JsonElement shown) = await silo.PutAsync(path, body);
            Assert.True(code == HttpStatusCode.OK, shown.ToString());
            Assert.Equal(rule, shown.GetProperty("spec").GetProperty("maskRule").GetString());
        }

        object other = new { plan, classes = 4, seed = 7, maskRule = "top-k:0.5" };
        Assert.Equal(HttpStatusCode.Conflict, (await silo.PutAsync(path, other)).Code);
    }

    [Fact]
    public async Task Given_learned_tasks_when_asked_for_then_they_are_listed_by_pages_told_and_evaluated()
    {
        JsonElement page = (await silo.GetAsync($"{Model}/tasks?offset=4&limit=3")).Body;
        Assert.True(page.GetProperty("total").GetInt32() >= ApiSilo.Tasks);
        Assert.Equal(3, page.GetProperty("tasks").GetArrayLength());
        JsonElement task = (await silo.GetAsync($"{Model}/tasks/3")).Body;
        Assert.Equal(
            ("permuted", 3, "fast"), (task.GetProperty("order").GetProperty("data").GetProperty("family").GetString(), task.GetProperty(
                "order").GetProperty("data").GetProperty("index").GetInt32(), task.GetProperty("order").GetProperty("recipe").GetString()));
        JsonElement evaluation = (await silo.PostAsync($"{Model}/tasks/3/evaluation", new { })).Body;
        Assert.Equal(10_000, evaluation.GetProperty("rows").GetInt32());
        Assert.InRange(evaluation.GetProperty("accuracy").GetDouble(), 0.8, 1);
        Assert.Equal("Trained", (await silo.GetAsync($"{Model}/tasks/3/training")).Body.GetProperty("state").GetString());
        Assert.Equal(HttpStatusCode.NotFound, (await silo.GetAsync($"{Model}/tasks/999")).Code);
        Assert.Equal(HttpStatusCode.BadRequest, (await silo.GetAsync($"{Model}/tasks?limit=0")).Code);
    }

    [Fact]
    public async Task Given_a_mask_when_sent_to_another_model_of_the_same_network_then_it_answers_the_same()
    {
        byte[] mask = await silo.Http.GetByteArrayAsync($"{Model}/tasks/2/mask", Stop);
        byte[] shorter = await silo.Http.GetByteArrayAsync($"{Model}/tasks/2/mask?version=2", Stop);
        Assert.Equal((1, 2), (MaskFile.Version(mask), MaskFile.Version(shorter)));
        Assert.InRange(shorter.Length, 1, mask.Length / 2);
        Assert.Equal(MaskFile.Checksum(mask), MaskFile.Checksum(shorter));
        (HttpStatusCode unknown, JsonElement problem) = await silo.GetAsync($"{Model}/tasks/2/mask?version=3");
        Assert.Equal(HttpStatusCode.BadRequest, unknown);
        Assert.Contains("use 1 to 2", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        await silo.PutAsync("/v1/models/copy", new { inputs = 784, hidden = new[] { 100 }, outputs = 50, classes = 10, seed = 1 });
        int task = (await silo.PostAsync("/v1/models/copy/tasks")).Body.GetProperty("task").GetInt32();
        string target = $"/v1/models/copy/tasks/{task}/mask";
        (HttpStatusCode refused, JsonElement why) = await silo.PutAsync($"{target}?means=0.1307", File(mask));
        Assert.Equal(HttpStatusCode.BadRequest, refused);
        Assert.Contains("1 means and 0 deviations", why.GetProperty("error").GetString(), StringComparison.Ordinal);
        (HttpStatusCode code, JsonElement body) = await silo.PutAsync($"{target}?means=0.1307&deviations=0.3081", File(mask));
        Assert.True(code == HttpStatusCode.OK, body.ToString());
        Assert.Equal(0.3081f, body.GetProperty("normalization").GetProperty("deviations")[0].GetSingle());
        Assert.Equal(
            (await silo.GetAsync($"{Model}/tasks/2")).Body.GetProperty("checksum").GetString(), body.GetProperty("checksum").GetString());

        Assert.Equal(HttpStatusCode.NoContent, (await silo.SendAsync(HttpMethod.Delete, $"/v1/models/copy/tasks/{task}")).Code);
        Assert.Equal(HttpStatusCode.NotFound, (await silo.GetAsync($"/v1/models/copy/tasks/{task}")).Code);
        Assert.Equal(HttpStatusCode.BadRequest, (await silo.PutAsync($"/v1/models/copy/tasks/{task + 1}/mask", File(mask[..^1]))).Code);
        Assert.Equal(HttpStatusCode.NotFound, (await silo.GetAsync("/v1/datasets/%2Fetc/images/0")).Code);

        static ByteArrayContent File(byte[] content)
        {
            ByteArrayContent file = new(content);
            file.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
            return file;
        }
    }

    [Fact]
    public async Task Given_batches_as_lines_when_streamed_then_positions_come_back_and_the_task_is_learned()
    {
        await silo.PutAsync("/v1/models/lines", new { inputs = 64, hidden = new[] { 16 }, outputs = 20, classes = 4, seed = 7 });
        Assert.Equal(HttpStatusCode.Accepted,
            (await silo.PutAsync("/v1/models/lines/tasks/5/training", new { data = (object?)null, batches = 6 })).Code);
        JsonElement[] positions = await silo.StreamAsync("/v1/models/lines/tasks/5/batches", Enumerable.Range(0, 6).Select(Batch));
        Assert.Equal(6, positions.Length);
        Assert.Equal(6, positions[^1].GetProperty("trained").GetInt32());
        Assert.Equal(5, positions[^1].GetProperty("summary").GetProperty("task").GetInt32());
        Assert.Equal(5, (await silo.GetAsync("/v1/models/lines/tasks/5")).Body.GetProperty("task").GetInt32());
    }

    [Fact]
    public async Task Given_an_invalid_line_when_streamed_then_the_answer_ends_with_the_error_and_earlier_lines_count()
    {
        await silo.PutAsync("/v1/models/broken", new { inputs = 64, hidden = new[] { 16 }, outputs = 20, classes = 4, seed = 7 });
        await silo.PutAsync("/v1/models/broken/tasks/0/training", new { data = (object?)null, batches = 6 });
        JsonElement[] positions = await silo.StreamAsync("/v1/models/broken/tasks/0/batches",
            [Batch(0), Batch(1), new { number = 2, inputs = new[] { new[] { 1f } }, labels = new[] { 0 } }]);
        Assert.Equal(400, positions[^1].GetProperty("status").GetInt32());
        Assert.Contains("64", positions[^1].GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal(2, (await silo.PostAsync("/v1/models/broken/tasks/0/flush")).Body.GetProperty("trained").GetInt32());
    }

    [Fact]
    public async Task Given_a_stream_without_task_identity_when_fed_then_its_allocations_are_told()
    {
        await silo.PutAsync("/v1/models/unnamed", new { inputs = 64, hidden = new[] { 16 }, outputs = 20, classes = 4, seed = 7 });
        Assert.Equal(
            0, (await silo.PutAsync("/v1/models/unnamed/streams/s",
                new { recipe = "fast", batches = 8, segmentBatches = 4, maskCap = 3 })).Body.GetProperty("next").GetInt64());
        JsonElement[] standings = await silo.StreamAsync("/v1/models/unnamed/streams/s/batches", Enumerable.Range(0, 8).Select(Batch));
        Assert.Equal(8, standings[^1].GetProperty("next").GetInt64());
        await silo.PostAsync("/v1/models/unnamed/streams/s/complete");
        JsonElement stream = (await silo.GetAsync("/v1/models/unnamed/streams/s")).Body;
        Assert.Equal("Allocated", stream.GetProperty("allocations")[0].GetProperty("kind").GetString());
        Assert.NotEmpty(stream.GetProperty("learned").EnumerateArray());
        Assert.Equal(["s"], (await silo.GetAsync("/v1/models/unnamed")).Body.GetProperty("streams").EnumerateArray()
            .Select(name => name.GetString()));
        Assert.Equal(
            HttpStatusCode.Conflict, (await silo.PutAsync("/v1/models/unnamed/streams/s", new { recipe = "fast", batches = 9 })).Code);
    }

    [Fact]
    public async Task Given_an_image_and_a_task_when_previewed_then_it_is_permuted_and_the_task_is_inferred_with_scores()
    {
        JsonElement image = (await silo.GetAsync("/v1/datasets/mnist/images/12")).Body;
        int[] pixels = [.. image.GetProperty("pixels").EnumerateArray().Select(pixel => pixel.GetInt32())];
        JsonElement preview = (await silo.PostAsync($"{Model}/preview", new { pixels, task = 6, candidates = 5 })).Body;
        int[] seen = [.. preview.GetProperty("pixels").EnumerateArray().Select(pixel => pixel.GetInt32())];
        Assert.NotEqual(pixels, seen);
        Assert.Equal(pixels.Order(), seen.Order());
        Assert.Equal(6, preview.GetProperty("inferred").GetProperty("task").GetInt32());
        Assert.Equal(image.GetProperty("label").GetInt32(), preview.GetProperty("given").GetProperty("class").GetInt32());
        float[] scores = [.. preview.GetProperty("scores").EnumerateArray().Select(score => score.GetProperty("score").GetSingle())];
        Assert.Equal(5, scores.Length);
        Assert.Equal(scores.OrderDescending(), scores);
        Assert.Equal(6, preview.GetProperty("scores")[0].GetProperty("task").GetInt32());
        Assert.Equal(HttpStatusCode.BadRequest, (await silo.PostAsync($"{Model}/preview", new { pixels = new[] { 256 } })).Code);
        Assert.Equal(HttpStatusCode.OK, (await silo.PostAsync($"{Model}/preview", new { pixels, candidates = 64 })).Code);
        (HttpStatusCode code, JsonElement refused) = await silo.PostAsync($"{Model}/preview", new { pixels, candidates = 65 });
        Assert.Equal((HttpStatusCode.BadRequest, "candidates is 65; it takes 1 to 64"), (code, refused.GetProperty("error").GetString()));
    }

    [Fact]
    public async Task Given_learned_tasks_when_tested_over_the_order_of_learning_then_a_line_for_each_tells_how_well()
    {
        JsonElement[] lines = ApiSilo.Lines(await silo.Http.GetStringAsync($"{Model}/evaluation?tasks=4&images=50", Stop));
        Assert.Equal([0, 3, 6, 9], lines.Select(line => line.GetProperty("position").GetInt32()));
        Assert.All(lines, line =>
        {
            Assert.InRange(line.GetProperty("given").GetDouble(), 0.6, 1);
            Assert.InRange(line.GetProperty("found").GetDouble(), 0.8, 1);
            Assert.True(line.GetProperty("inferred").GetDouble() <= line.GetProperty("found").GetDouble());
        });
    }

    [Fact]
    public async Task Given_a_model_when_exported_then_the_file_names_its_weights_and_every_mask()
    {
        byte[] file = await silo.Http.GetByteArrayAsync($"{Model}/export", Stop);
        int length = (int)BitConverter.ToInt64(file);
        JsonElement header = JsonSerializer.Deserialize<JsonElement>(file.AsSpan(8, length));
        Assert.Equal(2 + (2 * ApiSilo.Tasks), header.EnumerateObject().Count(entry => entry.Name != "__metadata__"));
        long end = header.EnumerateObject().Where(entry => entry.Name != "__metadata__")
            .Max(entry => entry.Value.GetProperty("data_offsets")[1].GetInt64());
        Assert.Equal(8 + length + end, file.Length);
    }

    [Fact]
    public async Task Given_a_cluster_of_one_when_its_health_is_read_then_it_lists_the_silo_and_where_masks_are()
    {
        JsonElement cluster = (await silo.GetAsync("/v1/cluster")).Body;
        Assert.Equal(("api", "Active"), (cluster.GetProperty("silos")[0].GetProperty("name").GetString(), cluster.GetProperty("silos")[0]
            .GetProperty("status").GetString()));
        JsonElement health = (await silo.GetAsync($"{Model}/health")).Body;
        Assert.True(health.GetProperty("isWhole").GetBoolean());
        Assert.Equal(ApiSilo.Tasks, Assert.Single(health.GetProperty("shards").EnumerateArray()).GetProperty("tasks").GetInt32());
    }

    [Theory]
    [InlineData("{\"inputs\":784}", "classes")]
    [InlineData("{\"inputs\":784,\"hidden\":[10],\"outputs\":10,\"classes\":10,\"seed\":1,\"sead\":2}", "sead")]
    [InlineData("{\"inputs\":-1,\"hidden\":[10],\"outputs\":10,\"classes\":10,\"seed\":1}", "-1")]
    [InlineData("{\"inputs\":784,\"hidden\":null,\"outputs\":10,\"classes\":10,\"seed\":1}", "hidden")]
    [InlineData("not json", "body")]
    [InlineData("", "body")]
    public async Task Given_an_invalid_body_when_sent_then_the_problem_names_the_culprit(string body, string culprit)
    {
        (HttpStatusCode code, JsonElement problem) = await silo.PutAsync("/v1/models/bad", body);
        Assert.Equal(HttpStatusCode.BadRequest, code);
        Assert.Contains(culprit, problem.GetProperty("detail").GetString(), StringComparison.OrdinalIgnoreCase);
        Assert.NotEmpty(problem.GetProperty("traceId").GetString()!);
    }

    private static object Batch(int number) => new
    {
        number,
        inputs = Enumerable.Range(0, 4).Select(row => Enumerable.Range(0, 64).Select(i => MathF.Cos((i * (row + 1)) + number))),
        labels = new[] { 0, 1, 2, 3 },
    };
}
