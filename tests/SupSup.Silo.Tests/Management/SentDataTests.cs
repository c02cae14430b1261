using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using SkiaSharp;
using SupSup.Data;
using SupSup.Silo.Tests.Http;
using SupSup.Silo.Tests.OpenInference;

namespace SupSup.Silo.Tests.Management;

/// <summary>Data that are sent are kept in the model's store, and trained on as those of a folder are.</summary>
public sealed class SentDataTests(ShapesSilo shapes) : IClassFixture<ShapesSilo>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_a_folder_that_is_sent_whole_or_in_parts_when_trained_then_the_mask_is_that_of_the_folder()
    {
        await shapes.CreateAsync("sent");
        byte[] zip = Zip(shapes.Folder);
        JsonElement whole = Ok(await PutAsync("sent", 0, zip, "", "application/zip"));
        Assert.Equal("upload:sent/0", whole.GetProperty("dataset").GetString());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(zip)), whole.GetProperty("checksum").GetString());

        // Backwards, one of them twice, and one first with another content.
        byte[][] parts = [.. zip.Chunk(zip.Length / 3)];
        Ok(await PutAsync("sent", 1, [1, 2, 3], "?part=0"));
        foreach (int part in Enumerable.Range(0, parts.Length).Reverse().Append(1))
            Ok(await PutAsync("sent", 1, parts[part], $"?part={part}"));
        object completion = new { parts = parts.Length, checksum = whole.GetProperty("checksum").GetString(), file = "shapes.zip" };
        for (int time = 0; time < 2; time++)
            Ok(await shapes.Silo.SendAsync(HttpMethod.Post, "/v1/models/sent/tasks/1/data/complete", completion));

        await shapes.LearnPermutedAsync("sent", 0, "upload:sent/0");
        await shapes.LearnPermutedAsync("sent", 1, "upload:sent/1");
        await shapes.CreateAsync("local");
        for (int task = 0; task < 2; task++)
        {
            await shapes.LearnPermutedAsync("local", task, shapes.Folder);
            Assert.Equal(await TaskAsync("local", task, "checksum"), await TaskAsync("sent", task, "checksum"));
            Assert.Equal(DatasetFiles.Open(shapes.Folder).Checksum, await TaskAsync("sent", task, "dataChecksum"));
        }

        JsonElement evaluation = Ok(await shapes.Silo.SendAsync(HttpMethod.Post, "/v1/models/sent/tasks/1/evaluation", new { }));
        Assert.True(evaluation.GetProperty("rows").GetInt32() > 0);

        // What was learned stays when the data are gone; they go with their task.
        await shapes.Silo.SendAsync(HttpMethod.Delete, "/v1/models/sent/tasks/0/data");
        (await shapes.Silo.GetAsync("/v1/models/sent/tasks/0/data")).ShouldFail(HttpStatusCode.NotFound, "no data were sent");
        Ok(await shapes.Silo.GetAsync("/v1/models/sent/tasks/0"));
        (await shapes.Silo.SendAsync(HttpMethod.Post, "/v1/models/sent/tasks/0/evaluation", new { }))
            .ShouldFail(HttpStatusCode.BadRequest, "no data were sent for task sent/0");
        Assert.NotEmpty(Stored("sent"));
        await shapes.Silo.SendAsync(HttpMethod.Delete, "/v1/models/sent/tasks/1");
        Assert.Empty(Stored("sent"));
    }

    [Fact]
    public async Task Given_data_that_are_not_as_told_when_sent_then_they_are_refused_and_those_before_stay()
    {
        await shapes.CreateAsync("strict");
        byte[] zip = Zip(shapes.Folder);
        Ok(await PutAsync("strict", 0, zip, "?file=shapes.zip"));
        (await PutAsync("strict", 0, [], "")).ShouldFail(HttpStatusCode.BadRequest, "empty");
        (await PutAsync("strict", 0, zip, "?file=shapes.docx")).ShouldFail(HttpStatusCode.BadRequest, "shapes.docx", ".zip");
        (await PutAsync("strict", 0, zip, "?part=-1")).ShouldFail(HttpStatusCode.BadRequest, "part -1");
        (await PutAsync("strict", 0, new byte[(4 << 20) + 1], "?part=0")).ShouldFail(HttpStatusCode.BadRequest, "more than");
        (await PutAsync("nothing", 0, zip, "")).ShouldFail(HttpStatusCode.NotFound, "no model 'nothing'");
        (await PutAsync("strict", 0, zip, "?part=0", digest: SHA256.HashData([]))).ShouldFail(HttpStatusCode.BadRequest, "Content-Digest");
        Ok(await PutAsync("strict", 0, zip, "?part=1", digest: SHA256.HashData(zip)));
        (await CompleteAsync(3)).ShouldFail(HttpStatusCode.BadRequest, "part 0", "missing");
        Ok(await PutAsync("strict", 0, zip, "?part=0"));
        (await CompleteAsync(2)).ShouldFail(HttpStatusCode.BadRequest, "SHA-256");
        JsonElement kept = Ok(await shapes.Silo.GetAsync("/v1/models/strict/tasks/0/data"));
        Assert.Equal(zip.Length, kept.GetProperty("bytes").GetInt64());

        Ok(await PutAsync("strict", 1, Encoding.UTF8.GetBytes("a,b\n1,2\n"), "", "text/csv"));
        (await shapes.Silo.SendAsync(
            HttpMethod.Put, "/v1/models/strict/tasks/1/training", new { data = new { dataset = "upload:strict/1" }, batches = 2 }))
            .ShouldFail(HttpStatusCode.BadRequest, "upload:strict/1");
        (await shapes.Silo.SendAsync(
            HttpMethod.Put, "/v1/models/strict/tasks/2/training", new { data = new { dataset = "upload:strict/2" }, batches = 2 }))
            .ShouldFail(HttpStatusCode.BadRequest, "no data were sent for task strict/2");

        Task<LocalSilo.Answer> CompleteAsync(int parts) => shapes.Silo.SendAsync(
            HttpMethod.Post, "/v1/models/strict/tasks/0/data/complete",
            new { parts, checksum = Convert.ToHexStringLower(SHA256.HashData([1, 2, 3])), file = "shapes.zip" });
    }

    [Fact]
    public async Task Given_a_limit_when_a_models_tasks_have_as_much_then_more_is_refused_until_some_is_deleted()
    {
        await using LocalSilo silo = await LocalSilo.StartAsync(settings => settings.Compute.ModelDataBytes = 1000);
        object spec = new { inputs = 4, hidden = new[] { 4 }, outputs = 6, classes = 3, seed = 1 };
        Ok(await silo.SendAsync(HttpMethod.Put, "/v1/models/m", spec));
        Ok(await Put(0, 600));
        (await Put(1, 600)).ShouldFail(HttpStatusCode.Conflict, "1,000 bytes of Compute:ModelDataBytes");
        Ok(await Put(0, 500)); // part 0 anew
        Ok(await Put(1, 400));
        await silo.SendAsync(HttpMethod.Delete, "/v1/models/m/tasks/0/data");
        Ok(await Put(1, 900));

        // What was refused in the middle counts no more.
        await silo.SendAsync(HttpMethod.Delete, "/v1/models/m/tasks/1/data");
        string digest = $"sha-256=:{Convert.ToBase64String(new byte[32])}:";
        ByteArrayContent refused = Content(RandomNumberGenerator.GetBytes(900), null);
        (await silo.SendAsync(HttpMethod.Put, "/v1/models/m/tasks/2/data", refused, ("Content-Digest", digest)))
            .ShouldFail(HttpStatusCode.BadRequest, "Content-Digest");
        Ok(await Put(1, 1000));

        Task<LocalSilo.Answer> Put(int task, int bytes) =>
            silo.SendAsync(HttpMethod.Put, $"/v1/models/m/tasks/{task}/data?part=0", Content(RandomNumberGenerator.GetBytes(bytes), null));
    }

    [Fact]
    public async Task Given_data_when_inspected_then_a_model_that_suits_is_told_and_nothing_is_kept()
    {
        JsonElement found = Ok(await InspectAsync(Pictures(48), "?file=photos.zip"));
        Assert.Equal("levels=even&size=32", found.GetProperty("options").GetString());
        Assert.Equal(["cats", "dogs"], found.GetProperty("classNames").EnumerateArray().Select(name => name.GetString()));
        JsonElement spec = found.GetProperty("suitable");
        Ok(await shapes.Silo.SendAsync(HttpMethod.Put, "/v1/models/suited", $"{spec}"));

        // Of a model that is there the options are those of its inputs, and data of another shape are refused.
        JsonElement again = Ok(await InspectAsync(Pictures(20), "?file=photos.zip&model=suited"));
        Assert.Equal("colour&levels=even&size=32x32", again.GetProperty("options").GetString());
        Assert.Equal(JsonValueKind.Null, again.GetProperty("suitable").ValueKind);
        byte[] table = Encoding.UTF8.GetBytes("a,b,kind\n1,2,x\n3,4,y\n5,6,x\n7,8,y\n");
        (await InspectAsync(table, "?file=t.csv&options=label%3Dkind&model=suited"))
            .ShouldFail(HttpStatusCode.BadRequest, "2 numbers", "suited");
        JsonElement people = Ok(await InspectAsync(table, "?file=t.csv&options=label%3Dkind"));
        Assert.Equal(["x", "y"], people.GetProperty("classNames").EnumerateArray().Select(name => name.GetString()));
        (await InspectAsync(table, "?file=t.csv&options=label%3Dage")).ShouldFail(HttpStatusCode.BadRequest, "t.csv", "age");
        Assert.Empty(Directory.EnumerateDirectories(ApiSilo.DataFolder, ".sent-*"));

        Task<LocalSilo.Answer> InspectAsync(byte[] content, string query) =>
            shapes.Silo.SendAsync(HttpMethod.Post, $"/v1/inspection{query}", Content(content, null));
    }

    private static byte[] Pictures(int side)
    {
        using MemoryStream file = new();
        using (ZipArchive zip = new(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            for (int n = 0; n < 8; n++)
            {
                using SKBitmap picture = new(side + n, side);
                picture.Erase(new SKColor((byte)(20 * n), 0, 200));
                picture.SetPixel(n, n, SKColors.White);
                using SKData png = picture.Encode(SKEncodedImageFormat.Png, 100);
                using Stream entry = zip.CreateEntry($"photos/{(n < 4 ? "cats" : "dogs")}/{n}.png").Open();
                png.SaveTo(entry);
            }
        }

        return file.ToArray();
    }

    private static byte[] Zip(string folder)
    {
        using MemoryStream file = new();
        ZipFile.CreateFromDirectory(folder, file, CompressionLevel.Fastest, includeBaseDirectory: true);
        return file.ToArray();
    }

    private static ByteArrayContent Content(byte[] content, string? type)
    {
        ByteArrayContent body = new(content);
        body.Headers.ContentType = type is null ? null : new MediaTypeHeaderValue(type);
        return body;
    }

    private static JsonElement Ok(LocalSilo.Answer answer)
    {
        Assert.True(answer.Code == HttpStatusCode.OK, $"{answer.Code}: {answer.Body}");
        return answer.Body;
    }

    private async Task<string?> TaskAsync(string model, int task, string property) =>
        (await shapes.Silo.GetAsync($"/v1/models/{model}/tasks/{task}")).Body.GetProperty(property).GetString();

    private Task<LocalSilo.Answer> PutAsync(
        string model, int task, byte[] content, string query, string? type = null, byte[]? digest = null) => shapes.Silo.SendAsync(
            HttpMethod.Put, $"/v1/models/{model}/tasks/{task}/data{query}", Content(content, type),
            digest is null ? [] : [("Content-Digest", $"sha-256=:{Convert.ToBase64String(digest)}:")]);

    private IEnumerable<string> Stored(string model) =>
        new[] { "part-sent-part", "data-sent-data" }
            .Select(name => Path.Combine(shapes.Silo.Settings.Storage.Directory, "grainstate", name, model))
            .Where(Directory.Exists).SelectMany(folder => Directory.EnumerateFiles(folder, "*.json", SearchOption.AllDirectories));
}
