using System.Net;
using System.Runtime.InteropServices;
using System.Text.Json;
using Google.Protobuf;
using Grpc.Core;
using SupSup.Core.Datasets;
using SupSup.Data;
using SupSup.Grains.Interfaces.Models;
using SupSup.Silo.Management.Protocol;
using SupSup.Silo.OpenInference.Protocol;
using SupSup.Silo.Tests.Http;
using static SupSup.Silo.OpenInference.Protocol.ModelInferRequest.Types;

namespace SupSup.Silo.Tests.OpenInference;

/// <summary>Pixels are normalised as the data were that a task was learned on, whatever these are.</summary>
public sealed class NormalizationTests(ShapesSilo shapes) : IClassFixture<ShapesSilo>
{
    private static readonly PixelNormalization Mnist = PixelNormalization.Grey(0.1307f, 0.3081f);
    private static readonly PixelNormalization Told = PixelNormalization.Grey(0.4f, 0.25f);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private PixelNormalization Measured { get; } = Wire(shapes.Folder);

    [Fact]
    public async Task Given_a_users_own_images_when_inferred_from_pixels_then_answers_are_those_of_normalised_values_and_right()
    {
        int right = 0, asMnist = 0;
        for (int task = 0; task < ShapesSilo.Tasks; task++)
        {
            (byte[] pixels, int[] labels) = Shapes.Test(shapes.Folder, task);
            LocalSilo.Answer answer = await shapes.InferAsync(ShapesSilo.Model, pixels);
            Assert.True(answer.Code == HttpStatusCode.OK, answer.Body.ToString());
            await AgreeAsync(ShapesSilo.Model, pixels, Measured);
            await AgreeAsync(ShapesSilo.Model, pixels, Measured, new { task });
            ModelInferResponse overGrpc = await OverGrpcAsync(pixels);
            Assert.Equal(Long(answer, "task"), MemoryMarshal.Cast<byte, long>(overGrpc.RawOutputContents[0].Span).ToArray());
            Assert.Equal(Long(answer, "class"), MemoryMarshal.Cast<byte, long>(overGrpc.RawOutputContents[1].Span).ToArray());
            right += Right(answer, task, labels);
            asMnist += Right(await shapes.InferAsync(ShapesSilo.Model, Mnist.Apply(pixels, labels.Length).Values), task, labels);
        }

        Assert.InRange(right / (double)(ShapesSilo.Tasks * Shapes.TestImages), 0.95, 1);
        Assert.True(asMnist < right, $"{asMnist} answers are right by the normalisation of MNIST, {right} by that of the images");
    }

    [Fact]
    public async Task Given_a_model_of_one_normalisation_when_asked_for_then_model_tasks_and_metadata_tell_it()
    {
        Assert.NotEqual(Mnist, Measured);
        JsonElement model = (await shapes.Silo.GetAsync($"/v1/models/{ShapesSilo.Model}")).Body;
        Assert.Equal(Measured, Read(model));
        JsonElement models = (await shapes.Silo.GetAsync("/v1/models")).Body.GetProperty("models");
        Assert.Equal(Measured, Read(models.EnumerateArray().Single(listed => listed.GetProperty("name").GetString() == ShapesSilo.Model)));
        JsonElement tasks = (await shapes.Silo.GetAsync($"/v1/models/{ShapesSilo.Model}/tasks")).Body.GetProperty("tasks");
        Assert.All(tasks.EnumerateArray(), task => Assert.Equal(Measured, Read(task)));
        Assert.Equal(Measured, Read((await shapes.Silo.GetAsync($"/v1/models/{ShapesSilo.Model}/tasks/1")).Body));

        JsonElement properties = (await shapes.Silo.GetAsync($"/v2/models/{ShapesSilo.Model}")).Body.GetProperty("properties");
        Assert.Equal(PixelNormalization.Text(Measured.Means), properties.GetProperty("input_means").GetString());
        ModelMetadataRequest request = new() { Name = ShapesSilo.Model };
        ModelMetadataResponse metadata = await Inference.ModelMetadataAsync(request, cancellationToken: Stop);
        Assert.Equal(PixelNormalization.Text(Measured.Deviations), metadata.Properties["input_deviations"]);

        byte[] export = await shapes.Silo.Client.GetByteArrayAsync($"/v1/models/{ShapesSilo.Model}/export", Stop);
        JsonElement header = JsonSerializer.Deserialize<JsonElement>(export.AsSpan(8, (int)BitConverter.ToInt64(export)));
        JsonElement said = header.GetProperty("__metadata__");
        Assert.Equal(PixelNormalization.Text(Measured.Means), said.GetProperty("task2.means").GetString());
        Assert.Equal(PixelNormalization.Text(Measured.Deviations), said.GetProperty("task2.deviations").GetString());
    }

    [Fact]
    public async Task Given_tasks_that_differ_in_normalisation_when_pixels_come_then_the_task_must_be_named_until_all_agree_again()
    {
        await shapes.CreateAsync("mixed");
        await shapes.LearnPermutedAsync("mixed", 0, shapes.Folder, batches: 5);
        byte[] pixels = Shapes.Test(shapes.Darker, 1).Pixels;
        Assert.Equal(HttpStatusCode.OK, (await shapes.InferAsync("mixed", pixels)).Code);

        await shapes.LearnPermutedAsync("mixed", 1, shapes.Darker, batches: 5);
        await RefusedAsync("mixed", pixels, null, "task 0 has mean 0.4", "task 1 mean 0.1", "FP32", "name the task");
        Assert.Equal(JsonValueKind.Null, (await shapes.Silo.GetAsync("/v1/models/mixed")).Body.GetProperty("normalization").ValueKind);
        Assert.Empty((await shapes.Silo.GetAsync("/v2/models/mixed")).Body.GetProperty("properties").EnumerateObject());
        await AgreeAsync("mixed", pixels, Measured, new { task = 0 });
        await AgreeAsync("mixed", pixels, Wire(shapes.Darker), new { task = 1 });

        (await shapes.InferAsync("mixed", pixels, new { task = 9 })).ShouldFail(HttpStatusCode.NotFound, "task 9 of model 'mixed'");
        Assert.Equal(HttpStatusCode.NoContent, (await shapes.Silo.SendAsync(HttpMethod.Delete, "/v1/models/mixed/tasks/0")).Code);
        Assert.Equal(Wire(shapes.Darker), Read((await shapes.Silo.GetAsync("/v1/models/mixed")).Body));
        await AgreeAsync("mixed", pixels, Wire(shapes.Darker));
    }

    [Fact]
    public async Task Given_a_model_that_has_learned_nothing_when_pixels_come_then_that_is_what_is_said()
    {
        await shapes.CreateAsync("empty");
        (await shapes.InferAsync("empty", new byte[Shapes.Inputs])).ShouldFail(HttpStatusCode.NotFound, "no task");
        (await shapes.InferAsync("absent", new byte[Shapes.Inputs])).ShouldFail(HttpStatusCode.NotFound, "absent");
    }

    [Fact]
    public async Task Given_submitted_batches_when_their_normalisation_is_not_told_then_pixels_are_refused_and_values_are_not()
    {
        await shapes.CreateAsync("untold");
        await shapes.SubmitAsync("untold", 4, normalization: null);
        byte[] pixels = new byte[Shapes.Inputs];
        await RefusedAsync("untold", pixels, null, "untold/4", "submitted batches", "FP32");
        await RefusedAsync("untold", pixels, new { task = 4 }, "untold/4", "submitted batches", "FP32");
        Assert.Equal(HttpStatusCode.OK, (await shapes.InferAsync("untold", new float[Shapes.Inputs])).Code);
        object seen = new { pixels = pixels.Select(pixel => (int)pixel) };
        LocalSilo.Answer preview = await shapes.Silo.SendAsync(HttpMethod.Post, "/v1/models/untold/preview", seen);
        preview.ShouldFail(HttpStatusCode.BadRequest, "untold/4");
        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => OverGrpcAsync(pixels, "untold"));
        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
    }

    [Fact]
    public async Task Given_submitted_batches_when_their_normalisation_is_told_then_pixels_are_normalised_by_it()
    {
        await shapes.CreateAsync("told");
        object normalization = new { means = Told.Means, deviations = Told.Deviations };
        await shapes.SubmitAsync("told", 0, normalization);
        await shapes.Silo.SendAsync(HttpMethod.Put, "/v1/models/told/streams/s", new { batches = 8, segmentBatches = 2, normalization });
        await shapes.BatchesAsync("/v1/models/told/streams/s/batches");
        Assert.Equal(HttpStatusCode.OK, (await shapes.Silo.SendAsync(HttpMethod.Post, "/v1/models/told/streams/s/complete")).Code);
        await LearnOverGrpcAsync("told", 7);
        Assert.Equal(3, (await shapes.Silo.GetAsync("/v1/models/told")).Body.GetProperty("tasks").GetInt32());

        Assert.Equal(Told, Read((await shapes.Silo.GetAsync("/v1/models/told")).Body));
        await AgreeAsync("told", Shapes.Test(shapes.Folder, 0).Pixels, Told);
    }

    [Theory]
    [InlineData("""{"data":null,"normalization":{"means":[0.1],"deviations":[0]}}""", "above 0")]
    [InlineData("""{"data":null,"normalization":{"means":["NaN"],"deviations":[1]}}""", "finite")]
    [InlineData("""{"data":null,"normalization":{"means":[0.1,0.2],"deviations":[1]}}""", "2 means and 1 deviations")]
    [InlineData("""{"data":null,"normalization":{"means":[0.1,0.2,0.3],"deviations":[1,1,1]}}""", "280 inputs")]
    [InlineData("""{"data":null,"normalization":{"means":[],"deviations":[]}}""", "0 means")]
    [InlineData("""{"data":{"dataset":"mnist","seed":1,"index":0},"normalization":{"means":[0.1],"deviations":[1]}}""", "leave it out")]
    public async Task Given_a_normalisation_that_is_invalid_when_ordered_then_it_is_refused(string order, string culprit)
    {
        string model = $"/v1/models/{ShapesSilo.Model}";
        (await shapes.Silo.SendAsync(HttpMethod.Put, $"{model}/tasks/50/training", order)).ShouldFail(HttpStatusCode.BadRequest, culprit);
        if (!order.Contains("null", StringComparison.Ordinal)) return;
        string spec = order.Replace("\"data\":null,", "", StringComparison.Ordinal);
        (await shapes.Silo.SendAsync(HttpMethod.Put, $"{model}/streams/s", spec)).ShouldFail(HttpStatusCode.BadRequest, culprit);
    }

    [Fact]
    public async Task Given_a_test_image_of_a_users_own_data_when_asked_for_then_it_comes_with_its_size_and_count()
    {
        const string Model = $"/v1/models/{ShapesSilo.Model}";
        JsonElement image = (await shapes.Silo.GetAsync($"{Model}/tasks/2/images/5")).Body;
        ExampleSet test = DatasetFiles.Open(shapes.Folder).Test;
        int[] told = [.. new[] { "rows", "columns", "count", "label" }.Select(name => image.GetProperty(name).GetInt32())];
        Assert.Equal([Shapes.Rows, Shapes.Columns, Shapes.TestImages, 1], told);
        Assert.Equal(test.Image(5).ToArray(), image.GetProperty("pixels").EnumerateArray().Select(pixel => (byte)pixel.GetInt32()));
        object seen = new { pixels = image.GetProperty("pixels"), task = 2 };
        JsonElement preview = (await shapes.Silo.SendAsync(HttpMethod.Post, $"{Model}/preview", seen)).Body;
        Assert.Equal(2, preview.GetProperty("inferred").GetProperty("task").GetInt32());
        Assert.Equal(1, preview.GetProperty("given").GetProperty("class").GetInt32());
        LocalSilo.Answer beyond = await shapes.Silo.GetAsync($"{Model}/tasks/2/images/{Shapes.TestImages}");
        beyond.ShouldFail(HttpStatusCode.NotFound, $"0 to {Shapes.TestImages - 1}");
        (await shapes.Silo.GetAsync($"{Model}/tasks/77/images/0")).ShouldFail(HttpStatusCode.NotFound, "77");
    }

    private GRPCInferenceService.GRPCInferenceServiceClient Inference => new(shapes.Silo.Grpc);

    private static PixelNormalization Wire(string folder)
    {
        Dataset images = DatasetFiles.Open(folder);
        return PixelNormalization.Grey(images.Normalization.Means[0], images.Normalization.Deviations[0]);
    }

    private static PixelNormalization Read(JsonElement told) =>
        told.GetProperty("normalization").Deserialize<PixelNormalization>(JsonSerializerOptions.Web)!;

    private static string Outputs(LocalSilo.Answer answer) => answer.Body.GetProperty("outputs").ToString();

    private static long[] Long(LocalSilo.Answer answer, string name)
    {
        JsonElement[] outputs = [.. answer.Body.GetProperty("outputs").EnumerateArray()];
        JsonElement output = outputs.Single(output => output.GetProperty("name").GetString() == name);
        return [.. output.GetProperty("data").EnumerateArray().Select(value => value.GetInt64())];
    }

    private static int Right(LocalSilo.Answer answer, int task, int[] labels) =>
        Long(answer, "task").Zip(Long(answer, "class")).Where((pair, row) => pair == (task, labels[row])).Count();

    // Pixels are answered as the values are that they are to become.
    private async Task AgreeAsync(string model, byte[] pixels, PixelNormalization normalization, object? parameters = null)
    {
        InputBatch inputs = normalization.Apply(pixels, pixels.Length / Shapes.Inputs);
        string expected = Outputs(await shapes.InferAsync(model, inputs.Values, parameters));
        Assert.Equal(expected, Outputs(await shapes.InferAsync(model, pixels, parameters)));
    }

    private async Task RefusedAsync(string model, byte[] pixels, object? parameters, params string[] words)
    {
        LocalSilo.Answer answer = await shapes.InferAsync(model, pixels, parameters);
        Assert.DoesNotContain('\n', answer.Body.GetProperty("detail").GetString()!);
        foreach (string word in words) answer.ShouldFail(HttpStatusCode.BadRequest, word);
    }

    private async Task<ModelInferResponse> OverGrpcAsync(byte[] pixels, string model = ShapesSilo.Model)
    {
        InferInputTensor tensor = new() { Name = "input", Datatype = "UINT8", Shape = { pixels.Length / Shapes.Inputs, Shapes.Inputs } };
        ModelInferRequest request = new() { ModelName = model, Inputs = { tensor }, RawInputContents = { ByteString.CopyFrom(pixels) } };
        return await Inference.ModelInferAsync(request, cancellationToken: Stop);
    }

    private async Task LearnOverGrpcAsync(string model, int task)
    {
        Streams.StreamsClient client = new(shapes.Silo.Grpc);
        using AsyncDuplexStreamingCall<LearnRequest, LearnPosition> call = client.Learn(cancellationToken: Stop);
        SupSup.Silo.Management.Protocol.Normalization normalization = new() { Means = { Told.Means }, Deviations = { Told.Deviations } };
        OpenTask open = new() { Model = model, Task = task, Batches = 1, Normalization = normalization };
        Batch batch = new() { Inputs = { new float[Shapes.Inputs] }, Labels = { 3 } };
        await call.RequestStream.WriteAsync(new LearnRequest { Open = open }, Stop);
        await call.RequestStream.WriteAsync(new LearnRequest { Batch = batch }, Stop);
        await call.RequestStream.CompleteAsync();
        LearnPosition last = new();
        while (await call.ResponseStream.MoveNext(Stop)) last = call.ResponseStream.Current;
        Assert.True(last.Learned);
    }
}
