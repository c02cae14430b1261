using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using SupSup.Data;
using SupSup.Silo.Tests.Http;
using SupSup.Silo.Tests.OpenInference;

namespace SupSup.Silo.Tests.Management;

/// <summary>What is written of a model for programs and people that know nothing of SupSup.</summary>
public sealed class TaskExportTests(ShapesSilo shapes) : IClassFixture<ShapesSilo>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("")]
    [InlineData("?levels=even")]
    public async Task Given_a_task_of_pictures_when_run_in_onnx_runtime_then_levels_give_what_the_silo_answers(string options)
    {
        string model = $"onnx{options.Length}", folder = shapes.Folder + options;
        await shapes.CreateAsync(model, DatasetFiles.Open(folder));
        await shapes.LearnAsync(model, 0, folder);
        byte[] pixels = Shapes.Raw(shapes.Folder)[..(30 * Shapes.Inputs)];
        pixels.AsSpan(0, Shapes.Inputs).Fill(77); // of one level
        (float[] expected, int[] classes) = await AskAsync(model, Content("application/octet-stream", pixels), pixels.Length);

        using InferenceSession session = await OpenAsync(model, 0);
        Assert.Equal([-1, 1, Shapes.Rows, Shapes.Columns], session.InputMetadata["input"].Dimensions);
        using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> outputs = session.Run(
            [NamedOnnxValue.CreateFromTensor("input", new DenseTensor<byte>(pixels, [30, 1, Shapes.Rows, Shapes.Columns]))]);
        AssertSame(expected, classes, outputs);
        Dictionary<string, string> told = session.ModelMetadata.CustomMetadataMap;
        Assert.Equal(("supsup-onnx-1", model, "1"), (told["format"], told["model"], told["seed"]));
        Assert.Equal(32, told["task0.data_checksum"].Length);
    }

    [Theory]
    [InlineData("conv6-norm-relu-max2-res(conv8:3:2-norm-swish-conv8|conv8:1:2-norm)-relu-average")]
    [InlineData("conv4:2:2-normbatch-relu-max3:2-flatten-12-relu")]
    public async Task Given_a_network_over_pictures_when_run_in_onnx_runtime_then_levels_give_what_the_silo_answers(string network)
    {
        string model = $"onnx-planes-{network.Length}";
        await shapes.CreateAsync(model, DatasetFiles.Open(shapes.Folder), network);
        await shapes.LearnAsync(model, 0, shapes.Folder, batches: 20);
        byte[] pixels = Shapes.Raw(shapes.Folder)[..(30 * Shapes.Inputs)];
        (float[] expected, int[] classes) = await AskAsync(model, Content("application/octet-stream", pixels), pixels.Length);

        using InferenceSession session = await OpenAsync(model, 0);
        using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> outputs = session.Run(
            [NamedOnnxValue.CreateFromTensor("input", new DenseTensor<byte>(pixels, [30, 1, Shapes.Rows, Shapes.Columns]))]);
        AssertSame(expected, classes, outputs);
        Assert.True(classes.Distinct().Count() > 1, "all pictures are of one class");
    }

    [Fact]
    public async Task Given_a_task_of_a_table_when_run_in_onnx_runtime_then_numbers_give_names_of_classes()
    {
        string file = Path.Combine(shapes.Folder, "heights.csv");
        Random random = new(2);
        await File.WriteAllLinesAsync(file, ["age,height,group", .. Enumerable.Range(0, 300).Select(n =>
            $"{20 + random.Next(60)},{(n % 3 * 30) + 100 + random.Next(20)},{(char)('a' + n % 3)} | group")], Stop);
        await shapes.CreateAsync("heights", DatasetFiles.Open($"{file}?label=group"));
        await shapes.LearnAsync("heights", 0, $"{file}?label=group");
        float[] numbers = [30, 105, 30, 139, 66, 170];

        using InferenceSession session = await OpenAsync("heights", 0);
        using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> outputs = session.Run(
            [NamedOnnxValue.CreateFromTensor("input", new DenseTensor<float>(numbers, [3, 2]))]);
        Assert.Equal(["a | group", "b | group", "c | group"], outputs.Single(one => one.Name == "class_name").AsEnumerable<string>());
        LocalSilo.Answer answer = await shapes.Silo.SendAsync(HttpMethod.Post,
            "/v2/models/heights/infer?task=0&outputs=probabilities,class",
            Content("text/csv", "age,height\n30,105\n30,139\n66,170\n"u8.ToArray()));
        AssertSame(Floats(answer, "probabilities"), [0, 1, 2], outputs);
    }

    [Fact]
    public async Task Given_a_model_without_a_format_when_a_task_is_exported_then_its_rows_are_taken_and_an_unlearned_task_is_named()
    {
        (byte[] pixels, _) = Shapes.Test(shapes.Folder, 1);
        pixels = pixels[..(10 * Shapes.Inputs)];
        (float[] expected, int[] classes) = await AskAsync(
            ShapesSilo.Model, Content("application/octet-stream", pixels), pixels.Length, task: 1);
        using InferenceSession session = await OpenAsync(ShapesSilo.Model, 1);
        using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> outputs = session.Run(
            [NamedOnnxValue.CreateFromTensor("input", new DenseTensor<byte>(pixels, [10, Shapes.Inputs]))]);
        AssertSame(expected, classes, outputs);

        await shapes.SubmitAsync(ShapesSilo.Model, 9, normalization: null);
        using InferenceSession plain = await OpenAsync(ShapesSilo.Model, 9);
        Assert.Equal(typeof(float), plain.InputMetadata["input"].ElementType);
        (await shapes.Silo.GetAsync($"/v1/models/{ShapesSilo.Model}/tasks/77/onnx")).ShouldFail(HttpStatusCode.NotFound, "shapes/77");
        byte[] onnx = await shapes.Silo.Client.GetByteArrayAsync($"/v1/models/{ShapesSilo.Model}/tasks/1/onnx", Stop);
        (await shapes.Silo.SendAsync(HttpMethod.Post, "/v1/models/copy/import", Content("application/octet-stream", onnx)))
            .ShouldFail(HttpStatusCode.BadRequest, "it is no safetensors file", "use a file that `supsup models export` wrote");
    }

    [Fact]
    public async Task Given_tasks_when_a_card_is_asked_for_then_it_tells_what_is_stored_and_how_they_were_tested()
    {
        await shapes.CreateAsync("carded", DatasetFiles.Open(shapes.Folder));
        await shapes.LearnAsync("carded", 0, shapes.Folder);
        await shapes.Silo.SendAsync(HttpMethod.Put, "/v1/models/carded/tasks/0/name", new { name = "a|<b>*c*" });
        await shapes.SubmitAsync("carded", 1, normalization: null);

        string plain = await shapes.Silo.Client.GetStringAsync("/v1/models/carded/card", Stop);
        string tested = await shapes.Silo.Client.GetStringAsync("/v1/models/carded/card?images=40", Stop);
        JsonElement task = (await shapes.Silo.GetAsync("/v1/models/carded/tasks/0")).Body;
        foreach (string word in new[]
        {
            "# carded", "280-64-30", "seed 1", "1 x 20 x 14 pixels", "pipeline_tag: image-classification", @"a\|\<b\>\*c\*",
            task.GetProperty("checksum").GetString()!, task.GetProperty("dataChecksum").GetString()!, "unknown_rate",
            "The data of task 1 are not known here",
        })
            Assert.Contains(word.Replace("unknown_rate", "`unknown_rate`", StringComparison.Ordinal), tested, StringComparison.Ordinal);
        Assert.Contains("Not tested for this card.", plain, StringComparison.Ordinal);
        Assert.Contains("| 40 |", tested, StringComparison.Ordinal);
        Assert.Contains("1 of 2 tasks were not tested", tested, StringComparison.Ordinal);
        // Every row of a table has the cells that its head has.
        foreach (string[] table in tested.Split("\n\n").Select(part => part.Split('\n')).Where(lines => lines[0].StartsWith('|')))
            Assert.Single(table.Where(row => row.Length > 0).Select(
                row => row.Replace(@"\|", "", StringComparison.Ordinal).Count(c => c == '|')).Distinct());
        (await shapes.Silo.GetAsync("/v1/models/carded/card?images=-1")).ShouldFail(HttpStatusCode.BadRequest, "images is -1");
        (await shapes.Silo.GetAsync("/v1/models/nowhere/card")).ShouldFail(HttpStatusCode.NotFound, "'nowhere'");
    }

    private async Task<InferenceSession> OpenAsync(string model, int task) =>
        new(await shapes.Silo.Client.GetByteArrayAsync($"/v1/models/{model}/tasks/{task}/onnx", Stop));

    private async Task<(float[] Probabilities, int[] Classes)> AskAsync(string model, ByteArrayContent rows, int length, int task = 0)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(new
        {
            inputs = new[]
            {
                new
                {
                    name = "input", shape = new[] { length / Shapes.Inputs, Shapes.Inputs }, datatype = "UINT8",
                    parameters = new { binary_data_size = length },
                },
            },
            outputs = new[] { new { name = "probabilities" }, new { name = "class" } },
            parameters = new { task },
        });
        ByteArrayContent content = Content("application/octet-stream", [.. json, .. await rows.ReadAsByteArrayAsync(Stop)]);
        content.Headers.Add("Inference-Header-Content-Length", $"{json.Length}");
        LocalSilo.Answer answer = await shapes.Silo.SendAsync(HttpMethod.Post, $"/v2/models/{model}/infer", content);
        return (Floats(answer, "probabilities"), [.. Floats(answer, "class").Select(label => (int)label)]);
    }

    private static float[] Floats(LocalSilo.Answer answer, string name)
    {
        Assert.True(answer.Code == HttpStatusCode.OK, $"{answer.Body}");
        return
        [
            .. answer.Body.GetProperty("outputs").EnumerateArray().Single(output => output.GetProperty("name").GetString() == name)
                .GetProperty("data").EnumerateArray().Select(value => value.GetSingle()),
        ];
    }

    private static void AssertSame(float[] expected, int[] classes, IDisposableReadOnlyCollection<DisposableNamedOnnxValue> outputs)
    {
        float[] probabilities = [.. outputs.Single(one => one.Name == "probabilities").AsEnumerable<float>()];
        Assert.Equal(expected.Length, probabilities.Length);
        Assert.All(expected.Zip(probabilities), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
        Assert.Equal(classes, outputs.Single(one => one.Name == "class").AsEnumerable<long>().Select(label => (int)label));
    }

    private static ByteArrayContent Content(string type, byte[] bytes)
    {
        ByteArrayContent content = new(bytes);
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        return content;
    }
}
