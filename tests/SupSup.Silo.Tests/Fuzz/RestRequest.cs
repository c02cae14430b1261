using System.Text;

namespace SupSup.Silo.Tests.Fuzz;

/// <summary>A request over REST that is right but for something.</summary>
internal sealed record RestRequest(string Method, string Path, string? Type, byte[]? Body, (string Name, string Value)? Header)
{
    /// <summary>The model that requests are about; names of others do not come up but for those of <see cref="Segments"/>.</summary>
    public const string Model = "fuzzed";

    private const string Infer =
        """{"id":"q","inputs":[{"name":"input","shape":[2,4],"datatype":"FP32","data":[0.5,1,-1,2,0,0.25,3,1]}]"""
        + ""","parameters":{"shortlist":2,"objective":"H","layers":"all","runners_up":2,"certain_above":0.5}"""
        + ""","outputs":[{"name":"task"},{"name":"class","parameters":{"binary_data":true}}]}""";
    private const string Given =
        """{"inputs":[{"name":"input","shape":[1,4],"datatype":"UINT8","data":[[0,128,255,7]]}]"""
        + ""","parameters":{"task":1,"binary_data_output":true}}""";
    private const string Among =
        """{"inputs":[{"name":"input","shape":[4],"datatype":"FP64","data":[1,2,3,4]}]"""
        + ""","parameters":{"candidates":"0,1","unknown_up_to":0.1}}""";
    private const string Binary = """{"inputs":[{"name":"input","shape":[1,4],"datatype":"FP32","parameters":{"binary_data_size":16}}]}""";
    private const string Spec = """{"inputs":4,"hidden":[4],"outputs":6,"classes":3,"seed":1,"weightsVersion":1,"maskRule":"threshold"}""";
    private const string Order =
        """{"data":{"dataset":"mnist","family":"permuted","seed":1,"index":3}"""
        + ""","recipe":"fast","batches":5,"batchSize":8,"requireGpu":false}""";
    private const string Submitted = """{"data":null,"recipe":"fast","batches":5}""";
    private const string Stream = """{"recipe":"fast","batches":4,"segmentBatches":2,"maskCap":2,"fit":0.5}""";
    private const string Preview = """{"pixels":[0,128,255,7],"task":null,"candidates":2,"unknownUpTo":0.5}""";
    private const string Name = """{"name":"another"}""";
    private const string Version = """{"version":1}""";
    private const string Table = "a,b,c\n1,2,x\n3,4,y\n5,6,x\n7,8,y\n";
    private const string Completion =
        """{"parts":1,"checksum":"0000000000000000000000000000000000000000000000000000000000000000","file":"a.csv"}""";
    private const string Lines = """
        {"number":0,"inputs":[[1,2,3,4],[4,3,2,1]],"labels":[0,2]}
        {"number":1,"inputs":[[1,1,3,4]],"labels":[1]}
        """;

    private const string M = $"/v1/models/{Model}";

    private static readonly (string Method, string Path, string? Type, string? Body)[] Right =
    [
        ("POST", $"/v2/models/{Model}/infer", "application/json", Infer), ("POST", $"/v2/models/{Model}/infer", "application/json", Given),
        ("POST", $"/v2/models/{Model}/versions/1/infer", "application/json", Among),
        ("POST", $"/v2/models/{Model}/infer", "application/octet-stream", Binary),
        ("POST", $"/v2/models/{Model}/infer", "application/json", Infer),
        ("POST", $"/v2/models/{Model}/infer", "application/octet-stream", Binary),
        ("GET", "/v2", null, null), ("GET", $"/v2/models/{Model}", null, null), ("GET", $"/v2/models/{Model}/versions/1/ready", null, null),
        ("GET", "/v2/health/ready", null, null),
        ("GET", "/v1/models", null, null), ("PUT", "/v1/models/other", "application/json", Spec), ("GET", M, null, null),
        ("GET", $"{M}/health", null, null), ("GET", $"{M}/training", null, null), ("GET", $"{M}/export", null, null),
        ("GET", $"{M}/tasks?offset=0&limit=5", null, null), ("POST", $"{M}/tasks", null, null), ("GET", $"{M}/tasks/0", null, null),
        ("DELETE", $"{M}/tasks/5000", null, null), ("GET", $"{M}/tasks/1/mask", null, null),
        ("GET", $"{M}/tasks/1/mask?version=2", null, null),
        ("PUT", $"{M}/tasks/5001/mask", "application/octet-stream", "not a mask"),
        ("POST", $"{M}/tasks/0/evaluation", "application/json", """{"data":{"dataset":"mnist","seed":1,"index":0}}"""),
        ("PUT", $"{M}/tasks/5002/training", "application/json", Order), ("PUT", $"{M}/tasks/5003/training", "application/json", Submitted),
        ("GET", $"{M}/tasks/0/training", null, null), ("DELETE", $"{M}/tasks/5003/training", null, null),
        ("POST", $"{M}/tasks/5003/batches", "application/x-ndjson", Lines),
        ("POST", $"{M}/tasks/5003/batches", "application/x-ndjson", Lines), ("POST", $"{M}/tasks/5003/flush", null, null),
        ("PUT", $"{M}/tasks/5004/data?file=a.csv", "text/csv", Table), ("PUT", $"{M}/tasks/5004/data?part=0", "text/csv", Table),
        ("POST", $"{M}/tasks/5004/data/complete", "application/json", Completion), ("GET", $"{M}/tasks/5004/data", null, null),
        ("DELETE", $"{M}/tasks/5004/data", null, null), ("POST", "/v1/inspection?file=a.csv&options=label=c", "text/csv", Table),
        ("GET", $"{M}/tasks/0/versions", null, null), ("GET", $"{M}/tasks/0/versions/1", null, null),
        ("GET", $"{M}/tasks/0/versions/1/comparison?with=1", null, null), ("POST", $"{M}/tasks/0/versions/1/evaluation", "application/json",
            """{"data":{"dataset":"mnist","seed":1,"index":0}}"""), ("PUT", $"{M}/tasks/0/version", "application/json", Version),
        ("GET", "/v1/models?offset=0&limit=5", null, null), ("PUT", $"{M}/name", "application/json", Name),
        ("PUT", $"{M}/tasks/1/name", "application/json", Name),
        ("DELETE", "/v1/models/nowhere", null, null), ("POST", "/v1/models/imported/import", "application/octet-stream", "not a file"),
        ("PUT", $"{M}/streams/s", "application/json", Stream), ("GET", $"{M}/streams/s", null, null), ("POST", $"{M}/streams/s/batches",
            "application/x-ndjson", Lines), ("POST", $"{M}/streams/s/flush", null, null), ("POST", $"{M}/streams/s/complete", null, null),
        ("POST", $"{M}/preview", "application/json", Preview), ("GET", $"{M}/evaluation?tasks=3&images=2", null, null),
        ("GET", "/v1/datasets/mnist/images/7", null, null), ("GET", "/v1/cluster", null, null),
        ("GET", "/", null, null), ("GET", "/health/ready", null, null), ("GET", "/orleans/DashboardCounters", null, null),
        ("GET", "/openapi/v1.json", null, null), ("GET", "/v2/health/live", null, null), ("GET", "/v2/models", null, null),
        ("GET", "/v2/models/stats", null, null), ("GET", $"/v2/models/{Model}/stats", null, null),
        ("GET", $"/v2/models/{Model}/versions/1/stats", null, null), ("GET", $"/v2/models/{Model}/config", null, null),
        ("GET", $"/v2/models/{Model}/versions/1/config", null, null), ("GET", $"/v2/models/{Model}/versions/1", null, null),
        ("GET", $"/v2/models/{Model}/ready", null, null), ("POST", "/v2/repository/index", "application/json", """{"ready":true}"""),
        ("GET", $"{M}/card?images=1", null, null), ("GET", $"{M}/tasks/0/curve", null, null), ("GET", $"{M}/tasks/0/onnx", null, null),
        ("GET", $"{M}/tasks/0/images/1", null, null), ("GET", $"{M}/tasks/0/training/progress", null, null),
    ];

    private static readonly string[] Methods =
        ["GET", "PUT", "POST", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "PROPFIND", "get", "X"];

    private static readonly string[] Segments =
    [
        "", "-1", "0", "1", "00", "2147483648", "99999999999999999999", "1.5", "1e3", "%00", "%2F", "..", "%2e%2e", "%2e%2e%2fetc", ".",
        "a%20b", "%FF", "%ED%A0%80", "%C3%A4", "%25", "%", "%zz", "~", "*", "a;b", "a,b", "nothing",
        "versions", "models", "tasks", "streams", "mask", "{model}", "%0d%0aX:1", "'", "\"", "|", new string('a', 101),
        new string('a', 3000), "..%5c..", "con", "mnist", "other",
    ];

    private static readonly string[] Queries = ["", "?", "?offset=-1", "?limit=0", "?limit=99999999999", "?offset=a&limit=b", "?tasks=0",
        "?images=-5", "?tasks=%00", "?a=b&a=c", "?limit=1&limit=2", "?%ff=%ff", "?offset=", "?" + new string('q', 4000)];

    private static readonly string[] Types =
    [
        "application/json", "application/json; charset=utf-8", "application/json; charset=utf-16", "application/json; charset=nonsense",
        "application/json; charset=utf-7", "application/json;;;", "text/json", "application/vnd.api+json", "text/plain",
        "application/octet-stream", "application/x-ndjson", "application/x-ndjson; charset=latin1", "application/grpc",
        "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "*/*", "/", "json", "application/json, text/plain",
    ];

    private static readonly (string, string)[] Headers =
    [
        ("Accept", "text/html"), ("Accept", ";;;"), ("Accept-Encoding", "br, gzip;q=nan"), ("Content-Encoding", "gzip"),
        ("Range", "bytes=5-1"), ("If-None-Match", "*"), ("Expect", "200-ok"), ("X-Api-Key", "\u0001"), ("Authorization", "Bearer"),
        ("Authorization", "Negotiate AAAA"), ("Cookie", "a=b; c"), ("traceparent", "00-zz-zz-00"), ("X-HTTP-Method-Override", "DELETE"),
        ("Inference-Header-Content-Length", "-1"), ("Inference-Header-Content-Length", "5"),
        ("Inference-Header-Content-Length", "99999999999"), ("Inference-Header-Content-Length", "0"), ("Inference-Header-Content-Length",
            "a"), ("Inference-Header-Content-Length", "2147483647"), ("Origin", "null"), ("X-Forwarded-Host", "example.org"),
        ("X-Large", new string('h', 10_000)), ("Upgrade", "websocket"), ("Connection", "close"),
    ];

    /// <summary>Whether requests are made for a route.</summary>
    /// <param name="method">Its method.</param>
    /// <param name="template">Its path, with names in braces for what may be anything.</param>
    public static bool Covers(string method, string template)
    {
        string[] parts = template.Split('/');
        return Right.Where(right => right.Method == method).Select(right => right.Path.Split('?')[0].Split('/')).Any(
            path => path.Length == parts.Length && path.Zip(parts).All(pair => pair.Second.StartsWith('{') || pair.First == pair.Second));
    }

    /// <summary>Makes one.</summary>
    public static RestRequest Make(Mutator mutator)
    {
        (string method, string path, string? type, string? body) = mutator.Pick(Right);
        byte[]? bytes = body is null ? null : Encoding.UTF8.GetBytes(body);
        (string, string)? header = null;
        if (body == Binary)
        {
            bytes = [.. bytes!, .. new byte[16]];
            header = ("Inference-Header-Content-Length", $"{Binary.Length}");
        }

        bool hasBody = bytes is not null;
        for (int n = mutator.OnceIn(4) ? 2 : 1; n > 0; n--)
        {
            switch (mutator.Random.Next(hasBody ? 10 : 5))
            {
                case 0: method = mutator.Pick(Methods); break;
                case 1: path = ChangePath(mutator, path); break;
                case 2: path = path.Split('?')[0] + mutator.Pick(Queries); break;
                case 3: header = mutator.Pick(Headers); break;
                case 4 when hasBody: type = mutator.Pick(Types); break;
                case 4: (type, bytes) = (mutator.Pick(Types), mutator.Json(Spec)); break;
                case 5 or 6 when bytes!.Length > 0: bytes = mutator.Raw(bytes); break;
                default:
                    bytes = mutator.Json(body!);
                    if (body == Binary) (bytes, header) = ([.. bytes, .. new byte[mutator.Random.Next(3) * 8]], mutator.OnceIn(4)
                        ? header
                        : ("Inference-Header-Content-Length", $"{bytes.Length}"));
                    break;
            }
        }

        return new RestRequest(method, path, type, bytes, header);
    }

    /// <summary>As HTTP knows it.</summary>
    /// <param name="silo">The silo.</param>
    public HttpRequestMessage ToMessage(Uri silo)
    {
        // Paths as they are: otherwise the client would correct what is meant to be wrong.
        HttpRequestMessage message = new(new HttpMethod(Method), new Uri(
            silo.GetLeftPart(UriPartial.Authority) + Path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        if (Body is not null)
        {
            message.Content = new ByteArrayContent(Body);
            if (Type is not null) message.Content.Headers.TryAddWithoutValidation("Content-Type", Type);
        }

        if (Header is { } header) message.Headers.TryAddWithoutValidation(header.Name, header.Value);
        message.Headers.TransferEncodingChunked = Body is { Length: > 0 and var length } && length % 7 == 0 ? true : null;
        return message;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Method} {Path} {Type} {Header}\n{(Body is null ? "" : Encoding.Latin1.GetString(Body))}";

    private static string ChangePath(Mutator mutator, string path)
    {
        string[] parts = path.Split('?')[0].Split('/');
        parts[mutator.Random.Next(1, parts.Length)] = mutator.Pick(Segments);
        string changed = string.Join('/', parts);
        return mutator.OnceIn(8) ? changed + "/" + mutator.Pick(Segments) : changed;
    }
}
