using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Grpc.Reflection.V1Alpha;
using SupSup.Silo.Http;
using SupSup.Silo.OpenInference.Protocol;
using SupSup.Silo.Tests.Http;

namespace SupSup.Silo.Tests.OpenInference;

public sealed class GrpcTests(ApiSilo silo) : IClassFixture<ApiSilo>
{
    private readonly GRPCInferenceService.GRPCInferenceServiceClient _client = new(silo.Grpc);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_the_protocol_s_calls_when_made_then_they_are_answered()
    {
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving,
            (await new Grpc.Health.V1.Health.HealthClient(silo.Grpc).CheckAsync(new HealthCheckRequest(), cancellationToken: Stop)).Status);
        Assert.True((await _client.ServerLiveAsync(new ServerLiveRequest(), cancellationToken: Stop)).Live);
        Assert.True((await _client.ServerReadyAsync(new ServerReadyRequest(), cancellationToken: Stop)).Ready);
        Assert.True((await _client.ModelReadyAsync(new ModelReadyRequest { Name = ApiSilo.Model }, cancellationToken: Stop)).Ready);
        ServerMetadataResponse server = await _client.ServerMetadataAsync(new ServerMetadataRequest(), cancellationToken: Stop);
        Assert.Equal("supsup", server.Name);
        Assert.Equal(["binary_tensor_data", "classification", "model_configuration"], server.Extensions);
        ModelMetadataResponse model = await _client.ModelMetadataAsync(
            new ModelMetadataRequest { Name = ApiSilo.Model }, cancellationToken: Stop);
        Assert.Equal([-1L, 784L], Assert.Single(model.Inputs).Shape);
        Assert.Equal(14, model.Outputs.Count);
    }

    [Fact]
    public async Task Given_a_large_message_when_sent_where_no_key_is_needed_then_it_is_refused_by_its_length()
    {
        RpcException refused = await Assert.ThrowsAsync<RpcException>(async () => await new Grpc.Health.V1.Health.HealthClient(silo.Grpc)
            .CheckAsync(new HealthCheckRequest { Service = new string('a', 10_000) }, cancellationToken: Stop));
        Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);
    }

    [Theory]
    [InlineData("1", "FORMAT_NONE", "TYPE_FP32", 14)]
    [InlineData("image", "FORMAT_NCHW", "TYPE_UINT8", 1)]
    public async Task Given_a_version_when_its_configuration_is_asked_for_then_it_is_the_one_that_rest_tells(
        string version, string format, string type, int outputs)
    {
        ModelConfigRequest request = new() { Name = ApiSilo.Model, Version = version };
        ModelConfig config = (await _client.ModelConfigAsync(request, cancellationToken: Stop)).Config;

        JsonFormatter.Settings names = JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true).WithFormatDefaultValues(true);
        JsonNode told = JsonNode.Parse(Regex.Replace(new JsonFormatter(names).Format(config), "\"(-?[0-9]+)\"", "$1"))!; // longs are texts
        Assert.Equal((format, type), ((string?)told["input"]![0]!["format"], (string?)told["input"]![0]!["data_type"]));
        Assert.Equal(outputs, config.Output.Count);
        (_, JsonElement rest) = await silo.GetAsync($"/v2/models/{ApiSilo.Model}/versions/{version}/config");
        Assert.True(JsonNode.DeepEquals(told, JsonNode.Parse(rest.GetRawText())), $"{told}{rest}");
    }

    [Fact]
    public async Task Given_the_image_version_when_pixels_are_sent_then_it_answers_as_clients_that_classify_images_expect()
    {
        ModelMetadataResponse model = await _client.ModelMetadataAsync(
            new ModelMetadataRequest { Name = ApiSilo.Model, Version = "image" }, cancellationToken: Stop);
        Assert.Equal(["1", "image"], model.Versions);
        Assert.Equal([-1L, 1, 28, 28], Assert.Single(model.Inputs).Shape);
        Assert.Equal(("UINT8", "probabilities"), (model.Inputs[0].Datatype, Assert.Single(model.Outputs).Name));

        (int[] pixels, int label) = await silo.ImageAsync(0, 7);
        ModelInferRequest request = new()
        {
            ModelName = ApiSilo.Model,
            ModelVersion = "image",
            Inputs = { new ModelInferRequest.Types.InferInputTensor { Name = "input", Datatype = "UINT8", Shape = { 1, 1, 28, 28 } } },
            RawInputContents = { ByteString.CopyFrom([.. pixels.Select(pixel => (byte)pixel)]) },
        };
        ModelInferResponse answer = await _client.ModelInferAsync(request, cancellationToken: Stop);
        Assert.Equal("image", answer.ModelVersion);
        Assert.Equal(("probabilities", "FP32"), (Assert.Single(answer.Outputs).Name, answer.Outputs[0].Datatype));
        float[] probabilities = [.. MemoryMarshal.Cast<byte, float>(Assert.Single(answer.RawOutputContents).Span)];
        Assert.Equal(label, probabilities.AsSpan().IndexOf(probabilities.Max()));

        object input = new { name = "input", shape = new[] { 1, 1, 28, 28 }, datatype = "UINT8", data = pixels };
        (_, JsonElement rest) = await silo.PostAsync($"/v2/models/{ApiSilo.Model}/versions/image/infer", new { inputs = new[] { input } });
        Assert.Equal("image", rest.GetProperty("model_version").GetString());
        JsonElement output = Assert.Single(rest.GetProperty("outputs").EnumerateArray());
        Assert.Equal(probabilities, output.GetProperty("data").EnumerateArray().Select(value => value.GetSingle()));
    }

    [Fact]
    public async Task Given_a_stream_of_requests_when_one_is_invalid_then_the_others_are_answered_in_order()
    {
        (int[] pixels, _) = await silo.ImageAsync(0, 7);
        using AsyncDuplexStreamingCall<ModelInferRequest, ModelStreamInferResponse> call =
            _client.ModelStreamInfer(cancellationToken: Stop);
        List<ModelStreamInferResponse> answers = [];
        foreach (string datatype in new[] { "FP32", "BF16", "FP32" })
        {
            ModelInferRequest request = Request(datatype);
            request.Id = $"{answers.Count}";
            request.Parameters["triton_enable_empty_final_response"] = new InferParameter { BoolParam = true };
            request.Inputs[0].Contents = new InferTensorContents { Fp32Contents = { ApiSilo.Normalized(pixels) } };
            await call.RequestStream.WriteAsync(request, Stop);
            Assert.True(await call.ResponseStream.MoveNext(Stop));
            answers.Add(call.ResponseStream.Current);
        }

        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext(Stop));
        Assert.Equal(["0", "1", "2"], answers.Select(answer => answer.InferResponse.Id));
        Assert.All(answers, answer => Assert.True(answer.InferResponse.Parameters["triton_final_response"].BoolParam));
        Assert.Contains("BF16", answers[1].ErrorMessage, StringComparison.Ordinal);
        foreach (ModelStreamInferResponse answer in new[] { answers[0], answers[2] })
            Assert.Equal(("", 7L), (answer.ErrorMessage, Output(answer.InferResponse, "task").Contents.Int64Contents.Single()));
    }

    [Fact]
    public async Task Given_images_as_typed_and_as_raw_contents_when_inferred_then_both_answers_are_right_and_the_same()
    {
        (int[] pixels, int label) = await silo.ImageAsync(0, 7);
        float[] values = ApiSilo.Normalized(pixels);
        ModelInferRequest typed = Request("FP32");
        typed.Inputs[0].Contents = new InferTensorContents { Fp32Contents = { values } };
        ModelInferResponse answer = await _client.ModelInferAsync(typed, cancellationToken: Stop);
        Assert.Equal([7L], Output(answer, "task").Contents.Int64Contents);
        Assert.Equal([(long)label], Output(answer, "class").Contents.Int64Contents);
        Assert.Equal("q", answer.Id);

        ModelInferRequest raw = Request("FP32");
        raw.RawInputContents.Add(ByteString.CopyFrom(MemoryMarshal.AsBytes<float>(values)));
        ModelInferResponse bytes = await _client.ModelInferAsync(raw, cancellationToken: Stop);
        Assert.Equal(answer.Outputs.Select(output => (output.Name, output.Datatype, string.Join(',', output.Shape))),
            bytes.Outputs.Select(output => (output.Name, output.Datatype, string.Join(',', output.Shape))));
        Assert.Equal(7L, BitConverter.ToInt64(bytes.RawOutputContents[0].Span));
        Assert.Equal(Output(answer, "confidence").Contents.Fp64Contents[0], BitConverter.ToDouble(bytes.RawOutputContents[2].Span));

        ModelInferRequest grey = Request("UINT8");
        grey.Parameters["timeout"] = new InferParameter { Int64Param = 100 }; // a hint of Triton's client
        grey.Inputs[0].Contents = new InferTensorContents { UintContents = { pixels.Select(pixel => (uint)pixel) } };
        Assert.Equal(answer.Outputs, (await _client.ModelInferAsync(grey, cancellationToken: Stop)).Outputs);
    }

    [Fact]
    public async Task Given_invalid_requests_when_sent_then_the_status_names_the_culprit()
    {
        await ShouldFailAsync(
            StatusCode.NotFound, "'nothing'", _client.ModelReadyAsync(new ModelReadyRequest { Name = "nothing" }, cancellationToken: Stop));
        await ShouldFailAsync(
            StatusCode.InvalidArgument, "'a/b'", _client.ModelReadyAsync(new ModelReadyRequest { Name = "a/b" }, cancellationToken: Stop));
        await ShouldFailAsync(StatusCode.NotFound, "'7'", _client.ModelReadyAsync(
            new ModelReadyRequest { Name = ApiSilo.Model, Version = "7" }, cancellationToken: Stop));
        await ShouldFailAsync(StatusCode.InvalidArgument, "0 values", _client.ModelInferAsync(Request("FP32"), cancellationToken: Stop));
        await ShouldFailAsync(StatusCode.InvalidArgument, "BF16", _client.ModelInferAsync(Request("BF16"), cancellationToken: Stop));
        await ShouldFailAsync(StatusCode.NotFound, "'nothing'", _client.ModelConfigAsync(
            new ModelConfigRequest { Name = "nothing" }, cancellationToken: Stop));
        await silo.PutAsync("/v1/models/plain", new { inputs = 2, hidden = new[] { 2 }, outputs = 4, classes = 2, seed = 1 });
        await ShouldFailAsync(StatusCode.NotFound, "no version 'image'; ask for version 1, or", _client.ModelConfigAsync(
            new ModelConfigRequest { Name = "plain", Version = "image" }, cancellationToken: Stop)); // nobody knows what its inputs are
        InferParameter region = new() { StringParam = "region" };
        ModelInferRequest shared = Request("FP32");
        shared.Inputs[0].Parameters["shared_memory_region"] = region;
        await ShouldFailAsync(StatusCode.InvalidArgument, "'input' is to lie in shared memory",
            _client.ModelInferAsync(shared, cancellationToken: Stop));
        ModelInferRequest sharedOutput = Request("FP32");
        sharedOutput.Outputs.Add(
            new ModelInferRequest.Types.InferRequestedOutputTensor { Name = "task", Parameters = { ["shared_memory_region"] = region } });
        await ShouldFailAsync(StatusCode.InvalidArgument, "'task' is to lie in shared memory",
            _client.ModelInferAsync(sharedOutput, cancellationToken: Stop));
        ModelInferRequest odd = Request("FP32");
        odd.RawInputContents.Add(ByteString.CopyFrom(1, 2, 3));
        await ShouldFailAsync(StatusCode.InvalidArgument, "3 bytes", _client.ModelInferAsync(odd, cancellationToken: Stop));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    public async Task Given_a_compressed_message_when_sent_then_it_is_answered_unless_it_inflates_to_too_much(string encoding)
    {
        using GrpcChannel channel = GrpcChannel.ForAddress($"http://{silo.Grpc.Target}", new GrpcChannelOptions
        {
            CompressionProviders = BoundedCompression.All(int.MaxValue),
            MaxSendMessageSize = null,
        });
        GRPCInferenceService.GRPCInferenceServiceClient client = new(channel);
        Metadata compressed = new() { { "grpc-internal-encoding-request", encoding } };
        (int[] pixels, int label) = await silo.ImageAsync(0, 7);
        ModelInferRequest request = Request("FP32");
        request.Inputs[0].Contents = new InferTensorContents { Fp32Contents = { ApiSilo.Normalized(pixels) } };
        ModelInferResponse answer = await client.ModelInferAsync(request, compressed, cancellationToken: Stop);
        Assert.Equal([(long)label], Output(answer, "class").Contents.Int64Contents);

        ModelReadyRequest large = new() { Name = new string('a', 64 << 20) };
        RpcException e = await Assert.ThrowsAsync<RpcException>(
            async () => await client.ModelReadyAsync(large, compressed, cancellationToken: Stop));
        Assert.Equal(StatusCode.ResourceExhausted, e.StatusCode);
    }

    [Fact]
    public async Task Given_a_tool_that_reflects_when_it_asks_then_it_is_told_the_services()
    {
        using AsyncDuplexStreamingCall<ServerReflectionRequest, ServerReflectionResponse> call =
            new ServerReflection.ServerReflectionClient(silo.Grpc).ServerReflectionInfo(cancellationToken: Stop);
        await call.RequestStream.WriteAsync(new ServerReflectionRequest { ListServices = "" }, Stop);
        await call.RequestStream.CompleteAsync();
        Assert.True(await call.ResponseStream.MoveNext(Stop));
        HashSet<string> services = [.. call.ResponseStream.Current.ListServicesResponse.Service.Select(service => service.Name)];
        Assert.Superset(new HashSet<string> { "inference.GRPCInferenceService", "supsup.v1.Streams" }, services);
    }

    private static ModelInferRequest Request(string datatype) => new()
    {
        ModelName = ApiSilo.Model,
        Id = "q",
        Inputs = { new ModelInferRequest.Types.InferInputTensor { Name = "input", Datatype = datatype, Shape = { 1, 784 } } },
    };

    private static ModelInferResponse.Types.InferOutputTensor Output(ModelInferResponse answer, string name) =>
        answer.Outputs.Single(output => output.Name == name);

    private static async Task ShouldFailAsync<T>(StatusCode code, string culprit, AsyncUnaryCall<T> call)
    {
        RpcException e = await Assert.ThrowsAsync<RpcException>(async () => await call);
        Assert.Equal(code, e.StatusCode);
        Assert.Contains(culprit, e.Status.Detail, StringComparison.Ordinal);
    }
}
