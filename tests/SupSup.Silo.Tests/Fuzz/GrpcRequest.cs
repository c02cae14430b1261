using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Health.V1;
using Grpc.Reflection.V1Alpha;
using SupSup.Silo.Management.Protocol;
using SupSup.Silo.OpenInference.Protocol;

namespace SupSup.Silo.Tests.Fuzz;

/// <summary>A call over gRPC that is right but for something: fields of its messages, their bytes, or the
/// frames that they are in.</summary>
internal sealed record GrpcRequest(string Method, byte[] Body, bool IsFramed)
{
    private static readonly string[] Names = ["input", "", "output", "x", "task", "class", "\u0000", new string('n', 3000), "\ud83d\ude00",
        RestRequest.Model, "other", "1", "7", "a/b", ".."];
    private static readonly string[] Datatypes = ["FP32", "FP64", "UINT8", "INT64", "BYTES", ""];
    private static readonly long[] Wholes = [0, 1, -1, 2, 4, 8, int.MaxValue, int.MinValue, long.MaxValue, long.MinValue, 65536];
    private static readonly float[] Values = [0, 1, -1, 0.5f, float.NaN, float.PositiveInfinity, float.MaxValue, float.Epsilon, 1e7f];
    private static readonly string[] Parameters =
    [
        "objective", "layers", "shortlist", "certain_above", "unknown_up_to", "unknown_rate", "candidates", "task", "runners_up",
        "exact_runners_up", "shared_task",
        "none",
    ];

    /// <summary>Every method that is served but one: what is watched has no end of its own.</summary>
    private static readonly MethodDescriptor[] Methods =
    [
        .. ((FileDescriptor[])[OpenInferenceReflection.Descriptor, StreamsReflection.Descriptor,
            HealthReflection.Descriptor, ReflectionReflection.Descriptor]).SelectMany(file => file.Services)
            .SelectMany(service => service.Methods).Where(method => method.Name != "Watch"),
    ];

    /// <summary>Makes one.</summary>
    public static GrpcRequest Make(Mutator mutator)
    {
        (string method, IMessage[] messages) = mutator.Random.Next(12) switch
        {
            > 7 => Any(mutator),
            0 => ("inference.GRPCInferenceService/ModelReady",
                new IMessage[] { new ModelReadyRequest { Name = mutator.Pick(Names), Version = mutator.Pick(Names) } }),
            1 => ("inference.GRPCInferenceService/ModelMetadata", [
                new ModelMetadataRequest { Name = mutator.Pick(Names), Version = mutator.OnceIn(2) ? "" : mutator.Pick(Names) }]),
            2 => ("supsup.v1.Streams/Learn", Learn(mutator)),
            3 => ("supsup.v1.Streams/Submit", Submit(mutator)),
            4 => (mutator.OnceIn(2)
                ? "inference.GRPCInferenceService/Nothing"
                : "inference.GRPCInferenceService/ServerReady", [new ServerReadyRequest()]),
            _ => ("inference.GRPCInferenceService/ModelInfer", [Infer(mutator)]),
        };
        byte[][] bytes = [.. messages.Select(message => message.ToByteArray())];
        if (mutator.OnceIn(2)) bytes[mutator.Random.Next(bytes.Length)] = mutator.Raw(bytes[mutator.Random.Next(bytes.Length)]);
        byte[] body = [.. bytes.SelectMany(Frame)];
        bool isFramed = !mutator.OnceIn(5);
        return new GrpcRequest(method, isFramed ? body : mutator.Raw(body), isFramed);
    }

    /// <summary>As HTTP knows it.</summary>
    /// <param name="silo">Where gRPC is served.</param>
    public HttpRequestMessage ToMessage(Uri silo)
    {
        HttpRequestMessage message = new(HttpMethod.Post, new Uri(silo, Method))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(Body),
        };
        message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        message.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        return message;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Method} {Convert.ToHexString(Body.AsSpan(0, Math.Min(Body.Length, 2000)))}";

    private static (string Method, IMessage[] Messages) Any(Mutator mutator)
    {
        MethodDescriptor method = mutator.Pick(Methods);
        IMessage[] messages =
        [
            .. Enumerable.Range(0, method.IsClientStreaming ? mutator.Random.Next(4) + 1 : 1)
                .Select(_ => AnyMessage.Make(mutator, method.InputType)),
        ];
        return ($"{method.Service.FullName}/{method.Name}", messages);
    }

    private static byte[] Frame(byte[] message)
    {
        byte[] frame = new byte[5 + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Length);
        message.CopyTo(frame, 5);
        return frame;
    }

    private static ModelInferRequest Infer(Mutator mutator)
    {
        ModelInferRequest request = new() { ModelName = mutator.OnceIn(5) ? mutator.Pick(Names) : RestRequest.Model, Id = "q" };
        ModelInferRequest.Types.InferInputTensor input = new()
        {
            Name = mutator.OnceIn(5) ? mutator.Pick(Names) : "input",
            Datatype = mutator.OnceIn(5) ? mutator.Pick(Datatypes) : "FP32",
        };
        input.Shape.Add(mutator.OnceIn(3) ? [.. Enumerable.Range(0, mutator.Random.Next(4)).Select(_ => mutator.Pick(Wholes))] : [1L, 4L]);
        float[] values = [.. Enumerable.Range(0, mutator.OnceIn(5) ? mutator.Random.Next(9) : 4)
            .Select(_ => mutator.OnceIn(4) ? mutator.Pick(Values) : 1f)];
        switch (mutator.Random.Next(4))
        {
            case 0: request.RawInputContents.Add(ByteString.CopyFrom([.. values.SelectMany(BitConverter.GetBytes)])); break;
            case 1:
                input.Contents = new InferTensorContents
                {
                    UintContents =
            {
                values.Select(value => unchecked((uint)(int)Math.Clamp(value, -5f, 1000f))),
            },
                    BytesContents = { ByteString.CopyFrom(0xFF) }
                }; break;
            case 2: input.Contents = new InferTensorContents { Fp64Contents = { values.Select(value => (double)value * 1e300) } }; break;
            default: input.Contents = new InferTensorContents { Fp32Contents = { values } }; break;
        }

        for (int n = mutator.OnceIn(6) ? mutator.Random.Next(3) : 1; n > 0; n--) request.Inputs.Add(input);
        if (mutator.OnceIn(3)) request.Parameters[mutator.Pick(Parameters)] = Parameter(mutator);
        if (mutator.OnceIn(5)) request.Outputs.Add(new ModelInferRequest.Types.InferRequestedOutputTensor { Name = mutator.Pick(Names) });
        return request;
    }

    private static InferParameter Parameter(Mutator mutator) => mutator.Random.Next(6) switch
    {
        0 => new InferParameter { BoolParam = true },
        1 => new InferParameter { Int64Param = mutator.Pick(Wholes) },
        2 => new InferParameter { Uint64Param = ulong.MaxValue },
        3 => new InferParameter { DoubleParam = mutator.Pick(Values) },
        4 => new InferParameter { StringParam = mutator.Pick(["H", "G", "first", "all", "0,1", "1,,2", "0,99999999999", ""]) },
        _ => new InferParameter(),
    };

    private static IMessage[] Learn(Mutator mutator)
    {
        OpenTask open = new()
        {
            Model = mutator.OnceIn(5) ? mutator.Pick(Names) : RestRequest.Model,
            Task = mutator.OnceIn(5)
            ? (int)mutator.Pick(Wholes)
            : 6000,
            Recipe = mutator.OnceIn(5) ? mutator.Pick(Names) : ""
        };
        if (mutator.OnceIn(3)) open.Batches = (int)mutator.Pick(Wholes);
        LearnRequest[] messages = [new() { Open = open }, new() { Batch = Batch(mutator, 0) }, new() { Batch = Batch(mutator, 1) }];
        return mutator.OnceIn(6) ? [.. messages.Reverse()] : messages;
    }

    private static IMessage[] Submit(Mutator mutator)
    {
        OpenStream open = new()
        {
            Model = mutator.OnceIn(5) ? mutator.Pick(Names) : RestRequest.Model,
            Stream = mutator.OnceIn(3) ? mutator.Pick(Names) : "g",
        };
        if (mutator.OnceIn(3)) open.SegmentBatches = (int)mutator.Pick(Wholes);
        if (mutator.OnceIn(3)) open.MaskCap = (int)mutator.Pick(Wholes);
        if (mutator.OnceIn(3)) open.Fit = mutator.Pick(Values);
        SubmitRequest[] messages =
            [new() { Open = open }, new() { Batch = Batch(mutator, 0) }, mutator.OnceIn(2) ? new() { Complete = new Complete() } : new()];
        return mutator.OnceIn(6) ? [.. messages.Reverse()] : messages;
    }

    private static Batch Batch(Mutator mutator, int number) => new()
    {
        Number = mutator.OnceIn(4) ? mutator.Pick(Wholes) : number,
        Inputs = { Enumerable.Range(0, mutator.OnceIn(5) ? mutator.Random.Next(9) : 4)
            .Select(_ => mutator.OnceIn(6) ? mutator.Pick(Values) : 1f) },
        Labels = { Enumerable.Range(0, mutator.OnceIn(5) ? mutator.Random.Next(3) : 1)
            .Select(_ => mutator.OnceIn(5) ? (int)mutator.Pick(Wholes) : 1) },
    };
}
