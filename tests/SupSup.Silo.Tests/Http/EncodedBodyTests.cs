using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace SupSup.Silo.Tests.Http;

public sealed class EncodedBodyTests
{
    private const int MaxBytes = 16 << 10;
    private const string Infer = "/v2/models/m/infer";

    // Of a model without tasks nothing is inferred, but by then the request has been read.
    private const string Json = """{"inputs":[{"name":"input","shape":[1,2],"datatype":"FP32","data":[1,2]}]}""";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    [InlineData("GZIP")]
    public async Task Given_a_compressed_body_when_sent_then_it_is_answered_as_if_sent_plain(string encoding)
    {
        await using LocalSilo silo = await StartAsync();
        byte[] spec = Encoding.UTF8.GetBytes("""{"inputs":2,"hidden":[2],"outputs":2,"classes":2,"seed":1}""");
        LocalSilo.Answer created = await silo.SendAsync(HttpMethod.Put, "/v1/models/m", Content(Encoded(encoding, spec), encoding));
        Assert.Equal(HttpStatusCode.OK, created.Code);
        foreach ((byte[] body, int? jsonLength) in new[] { (Encoding.UTF8.GetBytes(Json), (int?)null), Binary() })
        {
            (string, string)[] headers = jsonLength is { } length ? [("Inference-Header-Content-Length", $"{length}")] : [];
            LocalSilo.Answer plain = await silo.SendAsync(HttpMethod.Post, Infer, Content(body, null), headers);
            LocalSilo.Answer encoded = await silo.SendAsync(HttpMethod.Post, Infer, Content(Encoded(encoding, body), encoding), headers);
            Assert.Contains("no task", Detail(plain), StringComparison.Ordinal);
            Assert.Equal((plain.Code, Detail(plain)), (encoded.Code, Detail(encoded)));
        }
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task Given_a_small_body_that_decodes_to_more_than_is_taken_when_sent_then_413(string encoding)
    {
        await using LocalSilo silo = await StartAsync();
        byte[] bomb = Encoded(encoding, Encoding.UTF8.GetBytes(new string(' ', 100 * MaxBytes)));
        Assert.InRange(bomb.Length, 1, MaxBytes / 2);
        foreach ((HttpMethod method, string path) in new[] { (HttpMethod.Post, Infer), (HttpMethod.Put, "/v1/models/m") })
        {
            LocalSilo.Answer answer = await silo.SendAsync(method, path, Content(bomb, encoding));
            answer.ShouldFail(HttpStatusCode.RequestEntityTooLarge, "Http:MaxRequestBytes");
        }
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task Given_a_body_that_is_not_in_its_encoding_or_is_cut_off_when_sent_then_400_says_what_cannot_be_read(string encoding)
    {
        await using LocalSilo silo = await StartAsync();
        byte[] plain = Encoding.UTF8.GetBytes(Json);
        byte[] cut = Encoded(encoding, plain)[..40];
        (await silo.SendAsync(HttpMethod.Post, Infer, Content(plain, encoding))).ShouldFail(HttpStatusCode.BadRequest, "Content-Encoding");

        // The decoders take a cut for the end.
        (await silo.SendAsync(HttpMethod.Post, Infer, Content(cut, encoding))).ShouldFail(HttpStatusCode.BadRequest, "body");
    }

    [Theory]
    [InlineData("zstd")]
    [InlineData("compress")]
    [InlineData("gzip, gzip")]
    public async Task Given_an_encoding_that_is_not_supported_when_sent_then_415_names_it_and_those_that_are(string encoding)
    {
        await using LocalSilo silo = await StartAsync();
        LocalSilo.Answer answer = await silo.SendAsync(HttpMethod.Post, Infer, Content(Encoding.UTF8.GetBytes(Json), encoding));
        answer.ShouldFail(HttpStatusCode.UnsupportedMediaType, $"'{encoding}'");
        Assert.Contains("gzip, deflate, br", Detail(answer), StringComparison.Ordinal);
    }

    private static string Detail(LocalSilo.Answer answer) => answer.Body.GetProperty("detail").GetString()!;

    private static async Task<LocalSilo> StartAsync()
    {
        LocalSilo silo = await LocalSilo.StartAsync(settings => settings.Http.MaxRequestBytes = MaxBytes);
        await silo.SendAsync(HttpMethod.Put, "/v1/models/m", new { inputs = 2, hidden = new[] { 2 }, outputs = 2, classes = 2, seed = 1 });
        return silo;
    }

    private static (byte[] Body, int? JsonLength) Binary()
    {
        object input = new { name = "input", shape = new[] { 1, 2 }, datatype = "UINT8", parameters = new { binary_data_size = 2 } };
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(new { inputs = new[] { input } });
        return ([.. json, 7, 9], json.Length);
    }

    private static ByteArrayContent Content(byte[] body, string? encoding)
    {
        ByteArrayContent content = new(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        if (encoding is not null) content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);
        return content;
    }

    private static byte[] Encoded(string encoding, byte[] body)
    {
        using MemoryStream stream = new();
        using (Stream encoder = encoding switch
        {
            "br" => new BrotliStream(stream, CompressionLevel.Optimal, leaveOpen: true),
            "deflate" => new ZLibStream(stream, CompressionLevel.Optimal, leaveOpen: true),
            _ => new GZipStream(stream, CompressionLevel.Optimal, leaveOpen: true),
        })
        {
            encoder.Write(body);
        }

        return stream.ToArray();
    }
}
