using System.Buffers.Binary;
using System.Net;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using SupSup.Silo.OpenInference.Protocol;
using SupSup.Silo.Tests.Http;
using static SupSup.Silo.OpenInference.Protocol.ModelInferRequest.Types;

namespace SupSup.Silo.Tests.OpenInference;

/// <summary>What people call tasks and classes is in every form of the answer, in the list of tasks and in the export.</summary>
public sealed class NamesTests(ShapesSilo shapes) : IClassFixture<ShapesSilo>
{
    private static readonly string[] Names = ["bar", "pole", "square", "stripes ☰"];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_a_task_with_names_when_asked_over_rest_and_grpc_then_answers_lists_and_export_carry_them()
    {
        await LearnAsync("named", new { task = "shapes", classes = Names });
        byte[] pixels = Shapes.Raw(shapes.Folder)[..(5 * Shapes.Inputs)];

        LocalSilo.Answer answer = await shapes.InferAsync("named", pixels);
        Assert.True(answer.Code == HttpStatusCode.OK, answer.Body.ToString());
        long[] classes = [.. Data(answer, "class").Select(one => one.GetInt64())];
        string[] expected = [.. classes.Select(label => Names[label])];
        Assert.Equal(expected, Data(answer, "class_name").Select(one => one.GetString()!));
        Assert.All(Data(answer, "task_name"), one => Assert.Equal("shapes", one.GetString()));
        LocalSilo.Answer given = await shapes.InferAsync("named", pixels, new { task = 0 });
        Assert.Equal(Data(given, "class").Select(one => Names[one.GetInt64()]), Data(given, "class_name").Select(one => one.GetString()!));
        Assert.Equal(Enumerable.Repeat("shapes", 5), Data(given, "task_name").Select(one => one.GetString()));

        ModelInferRequest request = new()
        {
            ModelName = "named",
            Inputs = { new InferInputTensor { Name = "input", Datatype = "UINT8", Shape = { 5, Shapes.Inputs } } },
            Outputs = { new InferRequestedOutputTensor { Name = "class_name" } },
            RawInputContents = { ByteString.CopyFrom(pixels) },
        };
        ModelInferResponse raw = await new GRPCInferenceService.GRPCInferenceServiceClient(shapes.Silo.Grpc)
            .ModelInferAsync(request, cancellationToken: Stop);
        Assert.Equal("BYTES", raw.Outputs.Single().Datatype);
        Assert.Equal(expected, Texts(raw.RawOutputContents.Single().ToByteArray()));
        request.Parameters.Add("task", new InferParameter { Int64Param = 0 });
        request.Outputs.Single().Name = "task_name";
        raw = await new GRPCInferenceService.GRPCInferenceServiceClient(shapes.Silo.Grpc).ModelInferAsync(request, cancellationToken: Stop);
        Assert.Equal(Enumerable.Repeat("shapes", 5), Texts(raw.RawOutputContents.Single().ToByteArray()));

        JsonElement task = (await shapes.Silo.GetAsync("/v1/models/named/tasks")).Body.GetProperty("tasks")[0];
        Assert.Equal("shapes", task.GetProperty("names").GetProperty("task").GetString());
        Assert.Equal(4, task.GetProperty("classes").GetInt32());
        Assert.Equal(32, task.GetProperty("dataChecksum").GetString()!.Length);
        byte[] export = await shapes.Silo.Client.GetByteArrayAsync("/v1/models/named/export", Stop);
        JsonElement metadata = JsonDocument.Parse(export.AsMemory(8, (int)BinaryPrimitives.ReadInt64LittleEndian(export)))
            .RootElement.GetProperty("__metadata__");
        Assert.Equal("shapes", metadata.GetProperty("task0.name").GetString());
        Assert.Equal(Names, JsonSerializer.Deserialize<string[]>(metadata.GetProperty("task0.class_names").GetString()!)!);
    }

    [Fact]
    public async Task Given_a_task_without_names_when_asked_then_name_outputs_are_left_out_unless_asked_for()
    {
        LocalSilo.Answer answer = await shapes.InferAsync(ShapesSilo.Model, Shapes.Test(shapes.Folder, 0).Pixels);

        Assert.DoesNotContain(
            "class_name", answer.Body.GetProperty("outputs").EnumerateArray().Select(output => output.GetProperty("name").GetString()));
    }

    [Theory]
    [InlineData("{\"task\":\"\"}", "name '' of a task or class cannot be used")]
    [InlineData("{\"classes\":[\"a\",\"a\",\"b\",\"c\"]}", "two classes are named 'a'")]
    public async Task Given_names_that_cannot_be_kept_when_ordered_then_one_line_says_so(string names, string words)
    {
        await shapes.CreateAsync("unnamed");
        string order = $$"""{"data":{"dataset":"{{shapes.Folder}}"},"names":{{names}},"batches":5}""";
        LocalSilo.Answer refused = await shapes.Silo.SendAsync(
            HttpMethod.Put, "/v1/models/unnamed/tasks/0/training", new StringContent(order, Encoding.UTF8, "application/json"));

        refused.ShouldFail(HttpStatusCode.BadRequest, words);
    }

    private async Task LearnAsync(string model, object names)
    {
        await shapes.CreateAsync(model);
        string training = $"/v1/models/{model}/tasks/0/training";
        object order = new { data = new { dataset = shapes.Folder }, names, batches = 100 };
        LocalSilo.Answer answer = await shapes.Silo.SendAsync(HttpMethod.Put, training, order);
        Assert.True(answer.Code == HttpStatusCode.Accepted, answer.Body.ToString());
        JsonElement last = ApiSilo.Lines(await shapes.Silo.Client.GetStringAsync($"{training}/progress", Stop))[^1];
        Assert.True(last.GetProperty("state").GetString() == "Trained", last.ToString());
        Assert.Equal("own-data", last.GetProperty("summary").GetProperty("order").GetProperty("recipe").GetString());
    }

    private static JsonElement[] Data(LocalSilo.Answer answer, string name) =>
    [
        .. answer.Body.GetProperty("outputs").EnumerateArray().Single(output => output.GetProperty("name").GetString() == name)
            .GetProperty("data").EnumerateArray(),
    ];

    private static IEnumerable<string> Texts(byte[] bytes)
    {
        for (int at = 0; at < bytes.Length;)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at));
            yield return Encoding.UTF8.GetString(bytes, at + sizeof(int), length);
            at += sizeof(int) + length;
        }
    }
}
