using System.Net;
using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using SupSup.Silo.Tests.Http;

namespace SupSup.Silo.Tests.OpenInference;

public sealed class RestTests(ApiSilo silo) : IClassFixture<ApiSilo>
{
    private const string Infer = $"/v2/models/{ApiSilo.Model}/infer";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_the_protocol_s_calls_when_made_then_they_are_answered_in_its_shapes()
    {
        JsonElement server = (await silo.GetAsync("/v2")).Body;
        Assert.Equal("supsup", server.GetProperty("name").GetString());
        Assert.Equal(
            """["binary_tensor_data","classification","model_configuration"]""", server.GetProperty("extensions").GetRawText());
        Assert.True((await silo.GetAsync("/v2/health/live")).Body.GetProperty("live").GetBoolean());
        Assert.True((await silo.GetAsync("/v2/health/ready")).Body.GetProperty("ready").GetBoolean());
        Assert.True((await silo.GetAsync($"/v2/models/{ApiSilo.Model}/versions/1/ready")).Body.GetProperty("ready").GetBoolean());

        JsonElement model = (await silo.GetAsync($"/v2/models/{ApiSilo.Model}")).Body;
        JsonElement input = Assert.Single(model.GetProperty("inputs").EnumerateArray());
        Assert.Equal(("input", "FP32", "[-1,784]"),
            (input.GetProperty("name").GetString(), input.GetProperty("datatype").GetString(), input.GetProperty("shape").GetRawText()));
        Assert.Equal(
            [
                "task", "class", "confidence", "entropy", "lead", "unknown", "runners_up", "runner_up_scores", "task_name", "class_name",
                "typicality", "recovered", "steps", "probabilities",
            ],
            model.GetProperty("outputs").EnumerateArray().Select(output => output.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task Given_what_kserve_and_triton_ask_about_models_when_asked_then_it_is_answered_in_their_shapes()
    {
        JsonElement names = (await silo.GetAsync("/v2/models")).Body.GetProperty("models");
        Assert.Contains(ApiSilo.Model, names.EnumerateArray().Select(name => name.GetString()));
        foreach (object? body in new object?[] { null, new { ready = true } })
        {
            (HttpStatusCode code, JsonElement index) = await silo.PostAsync("/v2/repository/index", body);
            Assert.Equal(HttpStatusCode.OK, code);
            JsonElement entry = index.EnumerateArray().Single(one => one.GetProperty("name").GetString() == ApiSilo.Model);
            Assert.Equal(("1", "READY", ""), (entry.GetProperty("version").GetString(), entry.GetProperty("state").GetString(),
                entry.GetProperty("reason").GetString()));
        }

        foreach (string path in new[] { "config", "versions/1/config" })
        {
            JsonElement config = (await silo.GetAsync($"/v2/models/{ApiSilo.Model}/{path}")).Body;
            Assert.Equal(("supsup", """[{"name":"input","data_type":"TYPE_FP32","format":"FORMAT_NONE","dims":[784]}]"""),
                (config.GetProperty("backend").GetString(), config.GetProperty("input").GetRawText()));
            Assert.InRange(config.GetProperty("max_batch_size").GetInt32(), 1, int.MaxValue);
            Assert.Equal(
                ["TYPE_INT64", "TYPE_INT64", "TYPE_FP64", "TYPE_FP64", "TYPE_FP64", "TYPE_BOOL", "TYPE_INT64", "TYPE_FP32", "TYPE_STRING",
                    "TYPE_STRING", "TYPE_FP64", "TYPE_BOOL", "TYPE_INT64", "TYPE_FP32"],
                config.GetProperty("output").EnumerateArray().Select(output => output.GetProperty("data_type").GetString()));

            // The batch is not among the dimensions: a shape is -1, the rows, and the dimensions.
            JsonElement metadata = (await silo.GetAsync($"/v2/models/{ApiSilo.Model}")).Body;
            foreach ((string tensors, string configured) in new[] { ("inputs", "input"), ("outputs", "output") })
                Assert.Equal(
                    Sides(metadata.GetProperty(tensors), "shape"),
                    Sides(config.GetProperty(configured), "dims").Select(sides => sides.Prepend(-1)));
        }

        Assert.Equal(HttpStatusCode.NotFound, (await silo.GetAsync("/v2/models/nothing/config")).Code);
        Assert.Equal(HttpStatusCode.NotFound, (await silo.GetAsync("/v2/models/nothing/stats")).Code);
        Assert.Equal(HttpStatusCode.NotFound, (await silo.GetAsync($"/v2/models/{ApiSilo.Model}/versions/2/config")).Code);
    }

    [Fact]
    public async Task Given_images_as_tasks_see_them_when_inferred_then_tasks_and_classes_are_found_with_confidence_and_runners_up()
    {
        int found = 0;
        int right = 0;
        for (int task = 0; task < ApiSilo.Tasks; task++)
        {
            (int[] pixels, int label) = await silo.ImageAsync(task, task);
            (HttpStatusCode code, JsonElement body) = await silo.PostAsync(Infer, Request("UINT8", [1, 784], pixels));
            Assert.Equal(HttpStatusCode.OK, code);
            if (Long(body, "task")[0] == task) found++;
            if (Long(body, "class")[0] == label) right++;
            Assert.InRange(Output(body, "confidence").GetProperty("data")[0].GetDouble(), 0.5, 1);
            Assert.InRange(Output(body, "entropy").GetProperty("data")[0].GetDouble(), 0, Math.Log(50));
            Assert.Equal("[1,3]", Output(body, "runners_up").GetProperty("shape").GetRawText());
            Assert.DoesNotContain(Long(body, "task")[0], Long(body, "runners_up"));
        }

        Assert.InRange(found, ApiSilo.Tasks - 1, ApiSilo.Tasks);
        Assert.InRange(right, ApiSilo.Tasks - 3, ApiSilo.Tasks);
    }

    [Fact]
    public async Task Given_images_as_json_nested_json_doubles_and_bytes_when_inferred_then_the_answers_are_the_same()
    {
        (int[] first, _) = await silo.ImageAsync(1, 3);
        (int[] second, _) = await silo.ImageAsync(2, 5);
        float[] values = ApiSilo.Normalized(first.Concat(second));
        string[] answers =
        [
            Data((await silo.PostAsync(Infer, Request("UINT8", [2, 784], first.Concat(second)))).Body),
            Data((await silo.PostAsync(Infer, Request("UINT8", [2, 28, 28], first.Concat(second)))).Body),
            Data((await silo.PostAsync(Infer, Request("FP32", [2, 784], values))).Body),
            Data((await silo.PostAsync(Infer, Request("FP64", [2, 784], values.Chunk(784).ToArray()))).Body),
            Data((await silo.PostAsync(Infer, Binary("FP32", [2, 784], MemoryMarshal.AsBytes<float>(values).ToArray()))).Body),
            Data((await silo.PostAsync(Infer, Binary("UINT8", [2, 784], [.. first.Concat(second).Select(pixel => (byte)pixel)]))).Body),
        ];
        Assert.All(answers, answer => Assert.Equal(answers[0], answer));
    }

    [Fact]
    public async Task Given_hints_of_other_servers_clients_and_members_that_are_null_when_inferred_then_they_are_passed_over()
    {
        (int[] image, _) = await silo.ImageAsync(1, 3);
        string expected = Data((await silo.PostAsync(Infer, Request("UINT8", [1, 784], image))).Body);
        string pixels = $"[{string.Join(',', image)}]";
        foreach (string members in new[]
        {
            """ "parameters":{"timeout":100000,"priority":1,"sequence_id":"a","sequence_start":true,"sequence_end":false}""",
            """ "parameters":{"triton_enable_empty_final_response":true}""",
            """ "parameters":{"content_type":"np","headers":{"x":["y"]}}""",
            """ "id":null,"parameters":null,"outputs":null""", """ "parameters":{"candidates":null,"objective":null}""",
        })
            Assert.Equal(expected, Data((await PostAsync(
                $$"""{"inputs":[{"name":"input","shape":[1,784],"datatype":"UINT8","data":{{pixels}}}],{{members}}}""")).Body));
        Assert.Equal(expected, Data((await PostAsync(
            $$$"""
            {"inputs":[{"name":"input","shape":[1,784],"datatype":"UINT8","data":{{{pixels}}},"parameters":{"content_type":"np"}}]}
            """)).Body));
        foreach ((string members, string told) in new[]
        {
            (""" "parameters":{"temperature":1}""", "'temperature'"), (""" "parameters":{"candidates":{"a":1}}""", "'candidates'"),
        })
        {
            (HttpStatusCode code, JsonElement body) = await PostAsync(
                $$"""{"inputs":[{"name":"input","shape":[1,784],"datatype":"UINT8","data":{{pixels}}}],{{members}}}""");
            Assert.Equal(HttpStatusCode.BadRequest, code);
            Assert.Contains(told, body.GetProperty("detail").GetString(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("[[1,2],[3,4,5]]")]
    [InlineData("[[1,2,3],[4,5]]")]
    [InlineData("[1,[2,3,4,5]]")]
    [InlineData("[[1,2,3,4],5]")]
    [InlineData("[[[1],[2,3]],[[4],[5,6]]]")]
    [InlineData("[[],[1,2,3,4,5]]")]
    public async Task Given_nested_data_of_unequal_lengths_when_inferred_then_they_are_refused_as_ragged(string data)
    {
        (HttpStatusCode code, JsonElement body) =
            await PostAsync($$"""{"inputs":[{"name":"input","shape":[1,5],"datatype":"FP32","data":{{data}}}]}""");

        Assert.Equal(HttpStatusCode.BadRequest, code);
        Assert.Contains("ragged", body.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_outputs_in_some_order_when_asked_for_then_they_come_in_that_order()
    {
        string pixels = $"[{string.Join(',', (await silo.ImageAsync(1, 3)).Item1)}]";
        JsonElement body = (await PostAsync(
            $$"""
            {"inputs":[{"name":"input","shape":[1,784],"datatype":"UINT8","data":{{pixels}}}],
             "outputs":[{"name":"lead"},{"name":"class"},{"name":"task"},{"name":"class"}]}
            """)).Body;

        Assert.Equal(
            ["lead", "class", "task"],
            body.GetProperty("outputs").EnumerateArray().Select(output => output.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task Given_outputs_as_bytes_when_asked_for_then_they_follow_the_json()
    {
        (int[] pixels, _) = await silo.ImageAsync(4, 2);
        object request =
            new
            {
                id = "q7",
                inputs = new[] { new { name = "input", shape = new[] { 1, 784 }, datatype = "UINT8", data = pixels } },
                outputs = new object[] { new { name = "task", parameters = new { binary_data = true } }, new { name = "class" } }
            };
        using StringContent content = new(JsonSerializer.Serialize(request), Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await silo.Http.PostAsync(Infer, content, Stop);
        byte[] bytes = await response.Content.ReadAsByteArrayAsync(Stop);
        int json = int.Parse(Assert.Single(response.Headers.GetValues("Inference-Header-Content-Length")),
            System.Globalization.CultureInfo.InvariantCulture);
        JsonElement body = JsonSerializer.Deserialize<JsonElement>(bytes.AsSpan(0, json));
        Assert.Equal("q7", body.GetProperty("id").GetString());
        Assert.Equal(
            ["task", "class"], body.GetProperty("outputs").EnumerateArray().Select(output => output.GetProperty("name").GetString()));
        Assert.Equal(8, Output(body, "task").GetProperty("parameters").GetProperty("binary_data_size").GetInt32());
        Assert.Equal(json + 8, bytes.Length);
        Assert.Equal(2, BitConverter.ToInt64(bytes, json));
    }

    [Fact]
    public async Task Given_parameters_when_inferred_then_they_decide_how_the_task_is_found()
    {
        (int[] pixels, int label) = await silo.ImageAsync(6, 4);
        JsonElement first =
            (await silo.PostAsync(Infer, Request("UINT8", [784], pixels, new { objective = "H", layers = "first", shortlist = 3 }))).Body;
        Assert.Equal(4, Assert.Single(Long(first, "task")));
        JsonElement among = (await silo.PostAsync(Infer, Request("UINT8", [784], pixels, new { candidates = "1" }))).Body;
        Assert.Equal(1, Assert.Single(Long(among, "task")));
        JsonElement given = (await silo.PostAsync(Infer, Request("UINT8", [784], pixels, new { task = 4 }))).Body;
        Assert.Equal((4L, (long)label), (Long(given, "task")[0], Long(given, "class")[0]));
        JsonElement unknown =
            (await silo.PostAsync(Infer, Request("UINT8", [784], pixels, new { unknown_up_to = 1e6, runners_up = 5 }))).Body;
        Assert.True(Output(unknown, "unknown").GetProperty("data")[0].GetBoolean());
        Assert.Equal(5, Long(unknown, "runners_up").Length);
        JsonElement typical = (await silo.PostAsync(Infer, Request("UINT8", [784], pixels, new { unknown_rate = 0.01 }))).Body;
        double typicality = Output(typical, "typicality").GetProperty("data")[0].GetDouble();
        Assert.InRange(typicality, 0, 1);
        Assert.Equal(typicality < 0.01, Output(typical, "unknown").GetProperty("data")[0].GetBoolean());
        object exactly = Request("UINT8", [784], pixels, new { certain_above = 0, exact_runners_up = true });
        JsonElement exact = (await silo.PostAsync(Infer, exactly)).Body;
        double[] scores = [.. Output(exact, "runner_up_scores").GetProperty("data").EnumerateArray().Select(score => score.GetDouble())];
        Assert.Equal(scores.OrderDescending(), scores);
        JsonElement shared = (await silo.PostAsync(Infer, Request("UINT8", [784], pixels, new { shared_task = true }))).Body;
        Assert.Equal((4L, (long)label), (Long(shared, "task")[0], Long(shared, "class")[0]));
    }

    [Theory]
    [InlineData("""{"inputs":[]}""", "0 inputs")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,784],"datatype":"FP32","data":[1]}]}""", "'x'")]
    [InlineData("""{"inputs":[{"name":"input","shape":[1,784],"datatype":"FP32","data":[1,2]}]}""", "2 values")]
    [InlineData("""{"inputs":[{"name":"input","shape":[1,3],"datatype":"FP32","data":[1,2,3]}]}""", "784")]
    [InlineData("""{"inputs":[{"name":"input","shape":[5000,1],"datatype":"FP32","data":[1]}]}""", "5000")]
    [InlineData("""{"inputs":[{"name":"input","shape":[1,1],"datatype":"INT8","data":[1]}]}""", "INT8")]
    [InlineData("""{"inputs":[{"name":"input","shape":[1,1],"datatype":"UINT8","data":[256]}]}""", "256")]
    [InlineData("""{"inputs":[{"name":"input","shape":[1,1],"datatype":"FP32","data":["1"]}]}""", "String")]
    [InlineData("""{"inputs":[{"name":"input","shape":[1,1],"datatype":"FP32"}]}""", "binary_data_size")]
    [InlineData("""{"inputs":[{"name":"input","shape":[1,1],"datatype":"FP32","parameters":{"binary_data_size":4}}]}""", "4 bytes")]
    [InlineData("""{"inputs":[{"name":"input","shape":[-1,1],"datatype":"FP32","data":[1]}]}""", "below 1")]
    [InlineData("""{"inputs":[{"name":"input","shape":[1,1],"datatype":"FP32","data":[1]}],"parameters":{"shortlst":1}}""", "'shortlst'")]
    [InlineData(
        """{"inputs":[{"name":"input","shape":[1,1],"datatype":"FP32","data":[1]}],"parameters":{"exact_runners_up":1}}""",
        "true or false")]
    [InlineData("""{"inputs":[{"name":"input","shape":[1,1],"datatype":"FP32","data":[1]}],"outputs":[{"name":"label"}]}""", "'label'")]
    [InlineData(
        """{"inputs":[{"name":"input","shape":[1,1],"datatype":"FP32","parameters":{"shared_memory_region":"r"}}]}""",
        "'input' is to lie in shared memory")]
    [InlineData(
        """{"inputs":[],"outputs":[{"name":"task","parameters":{"shared_memory_region":"r","shared_memory_byte_size":8}}]}""",
        "'task' is to lie in shared memory")]
    [InlineData("""{"input":[]}""", "'input'")]
    [InlineData("""[]""", "object")]
    [InlineData("""{""", "body")]
    public async Task Given_an_invalid_request_when_sent_then_the_problem_names_the_culprit(string request, string culprit)
    {
        (HttpStatusCode code, JsonElement body) = await silo.PostAsync(Infer, request);
        Assert.Equal(HttpStatusCode.BadRequest, code);
        Assert.Contains(culprit, body.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(body.GetProperty("detail").GetString(), body.GetProperty("error").GetString());
        Assert.Equal(400, body.GetProperty("status").GetInt32());
    }

    [Fact]
    public async Task Given_an_unknown_model_version_or_body_type_when_asked_then_the_status_says_so()
    {
        Assert.Equal(HttpStatusCode.NotFound, (await silo.GetAsync("/v2/models/nothing")).Code);
        Assert.Equal(HttpStatusCode.NotFound, (await silo.GetAsync($"/v2/models/{ApiSilo.Model}/versions/2")).Code);
        Assert.Equal(HttpStatusCode.BadRequest, (await silo.GetAsync("/v2/models/..%2Fescape")).Code);
        using StringContent text = new("{}", Encoding.UTF8, "text/plain");
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await silo.PostAsync(Infer, text)).Code);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await silo.GetAsync(Infer)).Code);
    }

    private static IEnumerable<IEnumerable<int>> Sides(JsonElement tensors, string member) =>
        tensors.EnumerateArray().Select(tensor => tensor.GetProperty(member).EnumerateArray().Select(side => side.GetInt32()));

    private static object Request(string datatype, int[] shape, object data, object? parameters = null) =>
        new { inputs = new[] { new { name = "input", shape, datatype, data } }, parameters = parameters ?? new { } };

    private static ByteArrayContent Binary(string datatype, int[] shape, byte[] values)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(
            new { inputs = new[] { new { name = "input", shape, datatype, parameters = new { binary_data_size = values.Length } } } });
        ByteArrayContent content = new([.. json, .. values]);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        content.Headers.Add("Inference-Header-Content-Length", $"{json.Length}");
        return content;
    }

    private Task<(HttpStatusCode Code, JsonElement Body)> PostAsync(string json) =>
        silo.PostAsync(Infer, new StringContent(json, Encoding.UTF8, "application/json"));

    private static string Data(JsonElement body) => body.GetProperty("outputs").GetRawText();

    private static JsonElement Output(JsonElement body, string name) =>
        body.GetProperty("outputs").EnumerateArray().Single(output => output.GetProperty("name").GetString() == name);

    private static long[] Long(JsonElement body, string name) =>
        [.. Output(body, name).GetProperty("data").EnumerateArray().Select(value => value.GetInt64())];
}
