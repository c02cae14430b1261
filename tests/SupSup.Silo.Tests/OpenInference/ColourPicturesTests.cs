using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using System.Text.Json;
using Google.Protobuf;
using SkiaSharp;
using SupSup.Client;
using SupSup.Data;
using SupSup.Grains.Data;
using SupSup.Grains.Interfaces.Models;
using SupSup.Silo.OpenInference.Protocol;
using SupSup.Silo.Tests.Http;
using static SupSup.Silo.OpenInference.Protocol.ModelInferRequest.Types;

namespace SupSup.Silo.Tests.OpenInference;

/// <summary>A network over colour pictures, whose data are sent: asked in every way, it is the same network.</summary>
public sealed class ColourPicturesTests : IDisposable
{
    private const string Model = "colours";
    private const int Side = 12;

    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("supsup-colours-");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _data.Delete(recursive: true);

    [Fact]
    public async Task Given_colour_pictures_that_are_sent_when_two_tasks_are_learned_then_rest_grpc_and_client_tell_task_and_class_alike()
    {
        await using LocalSilo silo = await LocalSilo.StartAsync();

        // Classes differ in the direction of their stripes, tasks in their hue alone.
        string[] folders =
        [
            Write("reds", (kind, x, y) => IsBright(kind, x, y) ? (220, 40, 40) : (60, 20, 20)),
            Write("blues", (kind, x, y) => IsBright(kind, x, y) ? (40, 40, 220) : (20, 20, 60)),
        ];
        ModelSpec spec = FittingModel.Of(
            DatasetFiles.Open(folders[0]), 3, network: "conv16-norm-relu-max2-conv16-norm-relu-average", outputs: 10);
        Ok(await silo.SendAsync(HttpMethod.Put, $"/v1/models/{Model}", spec));
        for (int task = 0; task < folders.Length; task++) await LearnAsync(silo, task, folders[task], spec);
        SupSupClientOptions options = new() { ServiceId = silo.Settings.ServiceId, ClusterId = silo.Settings.ClusterId };
        options.Gateways.Add($"127.0.0.1:{silo.Settings.Endpoints.GatewayPort}");
        await using SupSupConnection connection = await SupSupConnection.ConnectAsync(options, Stop);
        SupSupModel model = await connection.Client.OpenAsync(Model, Stop);

        int right = 0, count = 0;
        for (int task = 0; task < folders.Length; task++)
        {
            string[] files =
                [.. Directory.EnumerateFiles(Path.Combine(folders[task], "test"), "*.png", SearchOption.AllDirectories).Order()];
            foreach (string file in files)
            {
                ByteArrayContent png = Content(await File.ReadAllBytesAsync(file, Stop), "image/png");
                JsonElement rest = Ok(await silo.SendAsync(HttpMethod.Post, $"/v2/models/{Model}/infer?outputs=task,class", png));
                long[] told = [.. rest.GetProperty("outputs").EnumerateArray().Select(each => each.GetProperty("data")[0].GetInt64())];
                byte[] planes = Planes(file);
                Assert.Equal(told, await OverGrpcAsync(silo, planes));
                Prediction client = (await model.InferAsync(spec.InputFormat!.Normalization.Apply(planes), cancellationToken: Stop))[0];
                Assert.Equal((told[0], told[1]), ((long)client.Task, (long)client.Class));
                count++;
                if (told[0] == task && Path.GetDirectoryName(file)!.EndsWith($"{told[1]}", StringComparison.Ordinal)) right++;
            }
        }

        Assert.InRange(right, 0.8 * count, count);
    }

    private static bool IsBright(int kind, int x, int y) => (kind == 0 ? x : kind == 1 ? y : x + y) % 4 < 2;

    private static byte[] Planes(string file)
    {
        using SKBitmap picture = SKBitmap.Decode(file);
        SKColor[] pixels = picture.Pixels;
        return [.. pixels.Select(pixel => pixel.Red), .. pixels.Select(pixel => pixel.Green), .. pixels.Select(pixel => pixel.Blue)];
    }

    private static async Task LearnAsync(LocalSilo silo, int task, string folder, ModelSpec spec)
    {
        using MemoryStream zip = new();
        ZipFile.CreateFromDirectory(folder, zip, CompressionLevel.Fastest, includeBaseDirectory: true);
        string path = $"/v1/models/{Model}/tasks/{task}";
        JsonElement sent = Ok(await silo.SendAsync(HttpMethod.Put, $"{path}/data", Content(zip.ToArray(), "application/zip")));
        string dataset = $"{sent.GetProperty("dataset").GetString()}?{spec.InputFormat!.PictureOptions}";
        LocalSilo.Answer order = await silo.SendAsync(
            HttpMethod.Put, $"{path}/training", new { data = new { dataset }, recipe = "fast", batches = 120, batchSize = 32 });
        Assert.True(order.Code == HttpStatusCode.Accepted, $"{order.Body}");
        string progress = await silo.Client.GetStringAsync($"{path}/training/progress", Stop);
        Assert.Equal("Trained", ApiSilo.Lines(progress)[^1].GetProperty("state").GetString());
    }

    private static async Task<long[]> OverGrpcAsync(LocalSilo silo, byte[] planes)
    {
        ModelInferRequest request = new()
        {
            ModelName = Model,
            Inputs = { new InferInputTensor { Name = "input", Datatype = "UINT8", Shape = { 1, 3, Side, Side } } },
            Outputs = { new InferRequestedOutputTensor { Name = "task" }, new InferRequestedOutputTensor { Name = "class" } },
            RawInputContents = { ByteString.CopyFrom(planes) },
        };
        ModelInferResponse answer = await new GRPCInferenceService.GRPCInferenceServiceClient(silo.Grpc)
            .ModelInferAsync(request, cancellationToken: Stop);
        return [.. answer.RawOutputContents.Select(output => MemoryMarshal.Read<long>(output.Span))];
    }

    // Pictures of three classes, 40 to train and 4 to test of each; a noise of 30 levels is on all.
    private string Write(string name, Func<int, int, int, (int Red, int Green, int Blue)> colour)
    {
        string folder = Path.Combine(_data.FullName, name);
        Random random = new(name.Length);
        byte Level(int level) => (byte)(level + random.Next(30));
        foreach ((string half, int count) in new[] { ("train", 40), ("test", 4) })
        {
            for (int n = 0; n < 3 * count; n++)
            {
                using SKBitmap picture = new(Side, Side);
                for (int pixel = 0; pixel < Side * Side; pixel++)
                {
                    (int red, int green, int blue) = colour(n % 3, pixel % Side, pixel / Side);
                    picture.SetPixel(pixel % Side, pixel / Side, new SKColor(Level(red), Level(green), Level(blue)));
                }

                using SKData png = picture.Encode(SKEncodedImageFormat.Png, 100);
                string own = Directory.CreateDirectory(Path.Combine(folder, half, $"kind{n % 3}")).FullName;
                File.WriteAllBytes(Path.Combine(own, string.Create(CultureInfo.InvariantCulture, $"{n:D3}.png")), png.ToArray());
            }
        }

        return folder;
    }

    private static ByteArrayContent Content(byte[] content, string type)
    {
        ByteArrayContent body = new(content);
        body.Headers.ContentType = new MediaTypeHeaderValue(type);
        return body;
    }

    private static JsonElement Ok(LocalSilo.Answer answer)
    {
        Assert.True(answer.Code == HttpStatusCode.OK, $"{answer.Code}: {answer.Body}");
        return answer.Body;
    }
}
