using System.Net;
using System.Text.Json;
using SupSup.Silo.Tests.Http;

namespace SupSup.Silo.Tests.OpenInference;

/// <summary>
/// A store as it was written before tasks stored their normalisation: model old, 784-4-12, with task 0 learned from MNIST and task 1
/// from submitted batches.
/// </summary>
public sealed class EarlierStoreTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("supsup-earlier-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Given_a_store_of_an_earlier_build_when_opened_then_pixels_go_by_the_data_in_the_order_and_nothing_is_written_anew()
    {
        string golden = Path.Combine(AppContext.BaseDirectory, "Golden", "before-normalization");
        string[] records =
        [
            .. Directory.EnumerateFiles(golden, "*", SearchOption.AllDirectories)
                .Select(file => Path.GetRelativePath(golden, file)),
        ];
        foreach (string record in records)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_folder.FullName, record))!);
            File.Copy(Path.Combine(golden, record), Path.Combine(_folder.FullName, record));
        }

        await using LocalSilo silo = await LocalSilo.StartAsync(settings => settings.Storage.Directory = _folder.FullName);
        JsonElement[] tasks = [.. (await silo.GetAsync("/v1/models/old/tasks")).Body.GetProperty("tasks").EnumerateArray()];
        string[] checksums = ["f15902c0553a6326a3abde4742737938", "0410462aae79e0a23dcac600e4b4fb18"];
        Assert.Equal(checksums, tasks.Select(task => task.GetProperty("checksum").GetString()));
        Assert.Equal(0.1307f, tasks[0].GetProperty("normalization").GetProperty("means")[0].GetSingle());
        Assert.Equal(JsonValueKind.Null, tasks[1].GetProperty("normalization").ValueKind);

        int[] pixels = [.. Enumerable.Range(0, 784).Select(pixel => pixel % 256)];
        Assert.Equal(
            (await InferAsync(silo, "FP32", ApiSilo.Normalized(pixels), new { task = 0 })).Body.GetProperty("outputs").ToString(),
            (await InferAsync(silo, "UINT8", pixels, new { task = 0 })).Body.GetProperty("outputs").ToString());
        const string Untold = "task old/1 was learned from submitted batches";
        (await InferAsync(silo, "UINT8", pixels, new { })).ShouldFail(HttpStatusCode.BadRequest, Untold);
        (await InferAsync(silo, "UINT8", pixels, new { task = 1 })).ShouldFail(HttpStatusCode.BadRequest, Untold);

        // The orders of then still mean the same masks.
        string[] orders = ["{\"data\":{\"dataset\":\"mnist\",\"seed\":1,\"index\":0},\"batches\":3}", "{\"data\":null,\"batches\":1}"];
        for (int task = 0; task < orders.Length; task++)
        {
            LocalSilo.Answer again = await silo.SendAsync(HttpMethod.Put, $"/v1/models/old/tasks/{task}/training", orders[task]);
            Assert.Equal("Trained", again.Body.GetProperty("state").GetString());
        }

        foreach (string record in records)
            Assert.Equal(await ReadAsync(golden, record), await ReadAsync(_folder.FullName, record));

        Assert.Equal(HttpStatusCode.NoContent, (await silo.SendAsync(HttpMethod.Delete, "/v1/models/old/tasks/1")).Code);
        Assert.Equal(HttpStatusCode.OK, (await InferAsync(silo, "UINT8", pixels, new { })).Code);
    }

    private static Task<byte[]> ReadAsync(string folder, string record) =>
        File.ReadAllBytesAsync(Path.Combine(folder, record), TestContext.Current.CancellationToken);

    private static Task<LocalSilo.Answer> InferAsync(LocalSilo silo, string datatype, object data, object parameters)
    {
        object input = new { name = "input", shape = new[] { 1, 784 }, datatype, data };
        return silo.SendAsync(HttpMethod.Post, "/v2/models/old/infer", new { inputs = new[] { input }, parameters });
    }
}
