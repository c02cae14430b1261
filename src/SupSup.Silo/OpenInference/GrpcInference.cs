using Google.Protobuf;
using Google.Protobuf.Collections;
using Grpc.Core;
using Microsoft.AspNetCore.Authorization;
using SupSup.Grains.Interfaces.Models;
using SupSup.Silo.Health;
using SupSup.Silo.Http;
using SupSup.Silo.OpenInference.Protocol;
using SupSup.Silo.Security;

namespace SupSup.Silo.OpenInference;

/// <summary>The gRPC form of the Open Inference Protocol, version 2.</summary>
/// <param name="service">Answers.</param>
/// <param name="health">The silo.</param>
/// <param name="grains">Its grains.</param>
/// <param name="statistics">What was counted.</param>
/// <param name="names">Finds models by their names.</param>
[Authorize(Roles.Reader), ForLimited]
internal sealed class GrpcInference(
    InferService service, SiloHealth health, IGrainFactory grains, InferStatistics statistics, ModelNames names)
    : GRPCInferenceService.GRPCInferenceServiceBase
{
    /// <inheritdoc/>
    public override Task<ServerLiveResponse> ServerLive(ServerLiveRequest request, ServerCallContext context) =>
        Task.FromResult(new ServerLiveResponse { Live = health.NotLive.Count == 0 });

    /// <inheritdoc/>
    public override Task<ServerReadyResponse> ServerReady(ServerReadyRequest request, ServerCallContext context) =>
        Task.FromResult(new ServerReadyResponse { Ready = health.NotReady.Count == 0 });

    /// <inheritdoc/>
    public override async Task<ModelReadyResponse> ModelReady(ModelReadyRequest request, ServerCallContext context)
    {
        request.Name = await names.KeyOfAsync(request.Name, Limits(context), context.CancellationToken);
        await service.DescribeAsync(Limits(context), request.Name, request.Version, context.CancellationToken);
        return new ModelReadyResponse { Ready = true };
    }

    /// <inheritdoc/>
    public override Task<ServerMetadataResponse> ServerMetadata(ServerMetadataRequest request, ServerCallContext context) =>
        Task.FromResult(new ServerMetadataResponse
        {
            Name = InferenceEndpoints.ServerName,
            Version = InferenceEndpoints.ServerVersion,
            Extensions = { InferenceEndpoints.Extensions }
        });

    /// <inheritdoc/>
    public override async Task<ModelMetadataResponse> ModelMetadata(ModelMetadataRequest request, ServerCallContext context)
    {
        request.Name = await names.KeyOfAsync(request.Name, Limits(context), context.CancellationToken);
        VersionDescription described = await service.DescribeAsync(
            Limits(context), request.Name, request.Version, context.CancellationToken);
        return new ModelMetadataResponse
        {
            Properties = { described.Properties.ToDictionary() },
            Name = request.Name,
            Versions = { described.Versions },
            Platform = ModelTensors.Platform,
            Inputs = { Metadata(described.Input) },
            Outputs = { described.Outputs.Select(Metadata) },
        };
    }

    /// <inheritdoc/>
    public override async Task<ModelConfigResponse> ModelConfig(ModelConfigRequest request, ServerCallContext context)
    {
        request.Name = await names.KeyOfAsync(request.Name, Limits(context), context.CancellationToken);
        VersionDescription described = await service.DescribeAsync(
            Limits(context), request.Name, request.Version, context.CancellationToken);
        return new ModelConfigResponse
        {
            Config = new ModelConfig
            {
                Name = request.Name,
                Platform = ModelTensors.Platform,
                Backend = InferenceEndpoints.ServerName,
                MaxBatchSize = described.MaxRows,
                Input =
                {
                    new ModelInput
                    {
                        Name = described.Input.Name,
                        DataType = DataTypeOf(described.Input),
                        Format = described.IsImage ? ModelInput.Types.Format.Nchw : ModelInput.Types.Format.None,
                        Dims = { described.Input.Dims },
                    },
                },
                Output =
                {
                    described.Outputs.Select(output => new ModelOutput
                    {
                        Name = output.Name, DataType = DataTypeOf(output), Dims = { output.Dims },
                    }),
                },
            },
        };
    }

    /// <inheritdoc/>
    public override Task<ModelInferResponse> ModelInfer(ModelInferRequest request, ServerCallContext context) =>
        InferAsync(request, context);

    /// <inheritdoc/>
    public override async Task ModelStreamInfer(
        IAsyncStreamReader<ModelInferRequest> requestStream,
        IServerStreamWriter<ModelStreamInferResponse> responseStream,
        ServerCallContext context)
    {
        CancellationToken token = OpenStreams.One.Of(context.GetHttpContext()).Token;
        await foreach (ModelInferRequest request in requestStream.ReadAllAsync(token))
            await responseStream.WriteAsync(await StreamedAsync(request, context), context.CancellationToken);
    }

    /// <inheritdoc/>
    [ForLimited(Tasks = false)]
    public override async Task<ModelStatisticsResponse> ModelStatistics(ModelStatisticsRequest request, ServerCallContext context)
    {
        string? model = request.Name.Length > 0 ? await names.KeyOfAsync(request.Name, Limits(context), context.CancellationToken) : null;
        return new ModelStatisticsResponse
        {
            ModelStats =
            {
                (await RepositoryEndpoints.CountedAsync(
                    grains, Limits(context), service, statistics, model, request.Version, context.CancellationToken))
                    .Select(one => Told(one.Model, one.Counted)),
            },
        };
    }

    /// <inheritdoc/>
    public override async Task<RepositoryIndexResponse> RepositoryIndex(RepositoryIndexRequest request, ServerCallContext context) => new()
    {
        Models =
        {
            (await RepositoryEndpoints.ModelsAsync(grains, Limits(context), context.CancellationToken)).Select(entry =>
                new RepositoryIndexResponse.Types.ModelIndex { Name = entry.Model, Version = ModelTensors.Version, State = "READY" }),
        },
    };

    // A request that is refused does not end the stream. Each has one answer, and Triton marks the last one of a request.
    private async Task<ModelStreamInferResponse> StreamedAsync(ModelInferRequest request, ServerCallContext context)
    {
        ModelStreamInferResponse answer = new();
        try
        {
            answer.InferResponse = await InferAsync(request, context);
        }
        catch (SupSupException e)
        {
            answer.ErrorMessage = e.Message;
            answer.InferResponse = new ModelInferResponse { Id = request.Id };
        }

        answer.InferResponse.Parameters["triton_final_response"] = new InferParameter { BoolParam = true };
        return answer;
    }

    private async Task<ModelInferResponse> InferAsync(ModelInferRequest request, ServerCallContext context)
    {
        CancellationToken cancellationToken = context.CancellationToken;
        request.ModelName = await names.KeyOfAsync(request.ModelName, Limits(context), cancellationToken);
        bool isRaw = request.RawInputContents.Count > 0;
        if (isRaw && request.RawInputContents.Count != request.Inputs.Count)
            throw new SupSupException(SupSupError.InvalidRequest,
                $"{request.RawInputContents.Count} raw contents for {request.Inputs.Count} inputs; send one for each input");
        InferRequest asked = new()
        {
            Inputs =
            [
                .. request.Inputs.Select(
                    (input, n) => Tensor(input, isRaw ? request.RawInputContents[n].Span : default, isRaw, context)),
            ],
            Parameters = Parameters(request.Parameters),
            Outputs = [.. request.Outputs.Select(output => RequestedOutput.Of(output.Name, Parameters(output.Parameters)))],
        };
        (string version, OutputTensor[] outputs) =
            await service.InferAsync(Limits(context), request.ModelName, request.ModelVersion, asked, cancellationToken);
        return new ModelInferResponse
        {
            ModelName = request.ModelName,
            ModelVersion = version,
            Id = request.Id,
            Outputs = { outputs.Select(output => Tensor(output, isRaw)) },
            RawOutputContents = { isRaw ? outputs.Select(output => UnsafeByteOperations.UnsafeWrap(output.ToBytes())) : [] },
        };
    }

    private static CallerLimits Limits(ServerCallContext context) => CallerLimits.Of(context.GetHttpContext().User);

    private static ModelMetadataResponse.Types.TensorMetadata Metadata(TensorDescription tensor) =>
        new() { Name = tensor.Name, Datatype = tensor.Datatype, Shape = { tensor.Shape } };

    private static DataType DataTypeOf(TensorDescription tensor) => tensor.Datatype switch
    {
        "BOOL" => DataType.TypeBool,
        "UINT8" => DataType.TypeUint8,
        "INT64" => DataType.TypeInt64,
        "FP32" => DataType.TypeFp32,
        "FP64" => DataType.TypeFp64,
        "BYTES" => DataType.TypeString,
        _ => throw new InvalidOperationException($"tensor {tensor.Name} has datatype {tensor.Datatype}"),
    };

    private static ModelStatistics Told(string model, InferStatistics.Counted counted)
    {
        StatisticDuration success = new() { Count = counted.Successes, Ns = counted.SuccessNanoseconds };
        return new ModelStatistics
        {
            Name = model,
            Version = ModelTensors.Version,
            LastInference = counted.LastInference,
            InferenceCount = counted.Rows,
            ExecutionCount = counted.Successes,
            InferenceStats = new Protocol.InferStatistics
            {
                Success = success,
                Fail = new StatisticDuration { Count = counted.Failures, Ns = counted.FailureNanoseconds },
                ComputeInfer = success.Clone(),
            },
        };
    }

    private static InferTensor Tensor(ModelInferRequest.Types.InferInputTensor input, ReadOnlySpan<byte> raw, bool isRaw,
        ServerCallContext context)
    {
        InferParameters.RefuseSharedMemory(input.Name, input.Parameters.Keys);
        if (isRaw && input.Contents is not null) throw new SupSupException(
            SupSupError.InvalidRequest, $"input '{input.Name}' has both contents and raw contents; send one of them");
        InferTensorContents contents = input.Contents ?? new InferTensorContents();
        long count = isRaw
            ? raw.Length / TensorBytes.SizeOf(input.Name, input.Datatype)
            : contents.Fp32Contents.Count + contents.Fp64Contents.Count + contents.UintContents.Count;
        GrpcBody.Extend(context.GetHttpContext(), InferRequestReader.ValueBytes * count);
        float[] values = isRaw ? TensorBytes.Read(input.Name, input.Datatype, raw) : input.Datatype switch
        {
            "FP32" => [.. contents.Fp32Contents],
            "FP64" => [.. contents.Fp64Contents.Select(value => (float)value)],
            "UINT8" => [.. contents.UintContents.Select(value => value <= byte.MaxValue ? (float)value : throw new SupSupException(
                SupSupError.InvalidRequest, $"value {value} of '{input.Name}' is out of range for UINT8, 0 to 255"))],
            _ => throw TensorBytes.WrongDatatype(input.Name, input.Datatype),
        };
        return new InferTensor(input.Name, input.Datatype, [.. input.Shape], values);
    }

    private static Dictionary<string, object> Parameters(MapField<string, InferParameter> parameters) =>
        parameters.Where(pair => !InferParameters.IsHint(pair.Key))
        .ToDictionary(pair => pair.Key, pair => pair.Value.ParameterChoiceCase switch
        {
            InferParameter.ParameterChoiceOneofCase.BoolParam => (object)pair.Value.BoolParam,
            InferParameter.ParameterChoiceOneofCase.Int64Param => pair.Value.Int64Param,
            InferParameter.ParameterChoiceOneofCase.Uint64Param => pair.Value.Uint64Param <= long.MaxValue
                ? (long)pair.Value.Uint64Param
                : throw new SupSupException(SupSupError.InvalidRequest, $"parameter '{pair.Key}' is too large"),
            InferParameter.ParameterChoiceOneofCase.DoubleParam => pair.Value.DoubleParam,
            InferParameter.ParameterChoiceOneofCase.StringParam => pair.Value.StringParam,
            _ => throw new SupSupException(SupSupError.InvalidRequest, $"parameter '{pair.Key}' has no value"),
        });

    private static ModelInferResponse.Types.InferOutputTensor Tensor(OutputTensor output, bool isRaw)
    {
        ModelInferResponse.Types.InferOutputTensor tensor =
            new() { Name = output.Name, Datatype = output.Datatype, Shape = { output.Shape } };
        if (isRaw) return tensor;
        tensor.Contents = output.Values switch
        {
            long[] values => new InferTensorContents { Int64Contents = { values } },
            double[] values => new InferTensorContents { Fp64Contents = { values } },
            float[] values => new InferTensorContents { Fp32Contents = { values } },
            bool[] values => new InferTensorContents { BoolContents = { values } },
            string[] values => new InferTensorContents { BytesContents = { values.Select(ByteString.CopyFromUtf8) } },
            _ => throw new InvalidOperationException($"output {output.Name} holds {output.Values.GetType().Name}"),
        };
        return tensor;
    }
}
