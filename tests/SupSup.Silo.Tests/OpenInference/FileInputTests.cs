using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using SkiaSharp;
using SupSup.Core.Datasets;
using SupSup.Data;
using SupSup.Grains.Data;
using SupSup.Grains.Interfaces.Models;
using SupSup.Silo.Http;
using SupSup.Silo.OpenInference.Protocol;
using SupSup.Silo.Tests.Http;
using static SupSup.Silo.OpenInference.Protocol.ModelInferRequest.Types;

namespace SupSup.Silo.Tests.OpenInference;

/// <summary>A model that says what its inputs are takes data of several folders, and files as they are.</summary>
public sealed class FileInputTests(ShapesSilo shapes) : IClassFixture<ShapesSilo>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_a_model_with_a_format_when_tasks_of_two_folders_are_learned_then_files_are_inferred_as_pixels_are()
    {
        await shapes.CreateAsync("formed", DatasetFiles.Open(shapes.Folder));
        await shapes.LearnAsync("formed", 0, shapes.Folder);
        await shapes.LearnAsync("formed", 1, shapes.Darker);
        JsonElement tasks = (await shapes.Silo.GetAsync("/v1/models/formed/tasks")).Body.GetProperty("tasks");
        Assert.Equal(
            $"{tasks[0].GetProperty("normalization")}", $"{tasks[1].GetProperty("normalization")}");

        int right = 0;
        foreach ((string folder, int task) in new[] { (shapes.Folder, 0), (shapes.Darker, 1) })
        {
            ExampleSet test = DatasetFiles.Open(folder).Test;
            for (int image = 0; image < 8; image++)
            {
                byte[] pixels = test.Image(image).ToArray();
                string expected = Outputs(await shapes.InferAsync("formed", pixels));
                LocalSilo.Answer answer = await SendAsync("formed", Png(pixels), "image/png");
                Assert.Equal(expected, Outputs(answer));
                Assert.Equal(expected, Outputs(await SendAsync("formed", Npy(pixels), "application/x-npy")));
                Assert.Equal(expected, Outputs(await SendAsync("formed", Encoding.ASCII.GetBytes(string.Join(',', pixels)), "text/csv")));
                LocalSilo.Answer given = await SendAsync("formed", Png(pixels), "image/png", $"?task={task}&outputs=class");
                right += Values(given, "class").Single().GetInt32() == test.Labels[image] ? 1 : 0;
            }
        }

        Assert.InRange(right, 11, 16); // of four classes, after few batches
    }

    [Fact]
    public async Task Given_a_model_of_even_levels_when_asked_then_brightness_and_contrast_of_an_image_make_no_difference()
    {
        await shapes.CreateAsync("even", DatasetFiles.Open($"{shapes.Folder}?levels=even"));
        await shapes.LearnAsync("even", 0, $"{shapes.Folder}?levels=even");
        ExampleSet test = DatasetFiles.Open(shapes.Folder).Test;
        Dataset read = DatasetFiles.Open($"{shapes.Folder}?levels=even");
        (ExampleSet even, InputFormat format) = (read.Test, WireFormats.Of(read));
        int right = 0;
        for (int image = 0; image < 12; image++)
        {
            byte[] pixels = test.Image(image).ToArray();
            LocalSilo.Answer answer = await SendAsync("even", Png(pixels), "image/png");
            string expected = Outputs(answer);
            Assert.Equal(expected, Outputs(await shapes.InferAsync("even", pixels)));
            Assert.Equal(expected, Outputs(await shapes.InferAsync("even", pixels.Select(level => (byte)(level - 60)).ToArray())));
            Assert.Equal(
                (format.Normalization with { Even = false }).Apply(even.Image(image)).Values,
                format.Normalization.Apply(pixels).Values);
            right += Values(answer, "class")[0].GetInt32() == test.Labels[image] ? 1 : 0;
        }

        Assert.InRange(right, 9, 12);
        (await shapes.OrderAsync("even", 1, shapes.Darker)).ShouldFail(HttpStatusCode.BadRequest, "option levels=even");
    }

    [Fact]
    public async Task Given_a_table_when_inferred_then_columns_are_found_by_name_and_texts_are_what_was_learned()
    {
        string file = Path.Combine(shapes.Folder, "people.csv");
        Random random = new(1);
        await File.WriteAllLinesAsync(file, ["age,town,income", .. Enumerable.Range(0, 400).Select(n =>
            FormattableString.Invariant($"{20 + random.Next(60)},{(n % 2 == 0 ? "Ulm" : "Bonn")},{(n % 2 == 0 ? "high" : "low")}"))], Stop);
        await shapes.CreateAsync("people", DatasetFiles.Open($"{file}?label=income"));
        await shapes.LearnAsync("people", 0, $"{file}?label=income");

        LocalSilo.Answer answer = await SendAsync(
            "people", "id,town,age\n7,Ulm,33\n8,Bonn,33\n"u8.ToArray(), "text/csv", "?outputs=class_name");
        Assert.True(answer.Code == HttpStatusCode.OK, $"{answer.Body}");
        Assert.Equal(["high", "low"], Values(answer, "class_name").Select(name => name.GetString()));

        // Far outside of what was learned, probabilities are probabilities still; without names the order is that of the data.
        LocalSilo.Answer far = await SendAsync("people", "9000000,0,1\n33,1,0\n"u8.ToArray(), "text/csv", "?outputs=probabilities,class");
        Assert.All(Values(far, "probabilities").Select(share => share.GetDouble()).Chunk(2), row => Assert.Equal(1, row.Sum(), 1e-5));
        Assert.Equal(2, Values(far, "class").Length);
        string other = Path.Combine(shapes.Folder, "others.csv");
        await File.WriteAllLinesAsync(other, ["income,town,age", .. Enumerable.Range(0, 200).Select(n =>
            $"{(n % 2 == 0 ? "much" : "little")},{(n % 4 == 0 ? "Köln" : "Ulm")},{(n % 2 * 30) + random.Next(20)}")], Stop);
        await shapes.LearnAsync("people", 1, $"{other}?label=income");
        await File.WriteAllLinesAsync(other, ["income,town", .. Enumerable.Range(0, 20).Select(n => $"{n % 2},Ulm")], Stop);
        (await shapes.OrderAsync("people", 2, $"{other}?label=income")).ShouldFail(HttpStatusCode.BadRequest, "no column for 'age'");
        await File.WriteAllLinesAsync(
            other, ["income,town,age,size", .. Enumerable.Range(0, 20).Select(n => $"{n % 2},Ulm,{n},{n}")], Stop);
        (await shapes.OrderAsync("people", 2, $"{other}?label=income")).ShouldFail(HttpStatusCode.BadRequest, "'size'", "drop=size");
        (await SendAsync("people", "age\n33\n"u8.ToArray(), "text/csv")).ShouldFail(HttpStatusCode.BadRequest, "no column 'town'", "age");
        (await SendAsync("people", "age,town\nold,Ulm\n"u8.ToArray(), "text/csv")).ShouldFail(HttpStatusCode.BadRequest,
            "the body: line 2, column 'age' has 'old'");
        (await SendAsync("people", "age,town\n"u8.ToArray(), "text/csv")).ShouldFail(HttpStatusCode.BadRequest, "no rows");
        (await SendAsync("people", Png(new byte[Shapes.Inputs]), "image/png"))
            .ShouldFail(HttpStatusCode.BadRequest, "3 numbers", "text/csv");
    }

    [Fact]
    public async Task Given_a_model_with_a_format_when_data_of_another_shape_are_ordered_then_one_line_says_so()
    {
        await shapes.CreateAsync("strict", DatasetFiles.Open(shapes.Folder));
        (await SendAsync("strict", "age,town\n33,Ulm\n"u8.ToArray(), "text/csv")).ShouldFail(
            HttpStatusCode.BadRequest, "the model takes pictures of 1 x 20 x 14 pixels; the body is a table");
        (await shapes.OrderAsync("strict", 0, $"{shapes.Folder}?transpose")).ShouldFail(
            HttpStatusCode.BadRequest, "1 x 14 x 20 pixels, but those of model strict are 1 x 20 x 14 pixels", "size=20x14&grey");
        (await shapes.OrderAsync("strict", 0, "no-such")).ShouldFail(HttpStatusCode.BadRequest, "no-such", "mnist");
        (await shapes.OrderAsync("strict", 0, $"{shapes.Folder}/nowhere")).ShouldFail(HttpStatusCode.BadRequest, "no such file or folder");
        (await SendAsync("strict", "not a picture"u8.ToArray(), "image/png")).ShouldFail(HttpStatusCode.BadRequest, "no picture");
        byte[] lying = Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(Npy(new byte[Shapes.Inputs]))
            .Replace("(1, 280)", "(8000000, 280)", StringComparison.Ordinal).Replace("}       ", "}", StringComparison.Ordinal));
        (await SendAsync("strict", lying, "application/x-npy")).ShouldFail(HttpStatusCode.BadRequest, "not as long as its header says");
        (await SendAsync("strict", Npy([1, 2, 3]), "application/x-npy")).ShouldFail(HttpStatusCode.BadRequest, "[1, 3]", "20 x 14");
        (await SendAsync(ShapesSilo.Model, Png(new byte[Shapes.Inputs]), "image/png"))
            .ShouldFail(HttpStatusCode.BadRequest, "does not say what its inputs are", "inputFormat");
        (await SendAsync("strict", [1], "image/tiff"))
            .ShouldFail(HttpStatusCode.UnsupportedMediaType, ["image/tiff", .. FileTypes.All]);
    }

    [Fact]
    public async Task Given_a_model_over_pictures_without_a_task_when_a_picture_is_sent_then_the_missing_task_is_named()
    {
        object spec = new { plan = "conv8-norm-relu-average/1x20x14-8", classes = 4, seed = 1 };
        Assert.Equal(HttpStatusCode.OK, (await shapes.Silo.SendAsync(HttpMethod.Put, "/v1/models/fresh", spec)).Code);
        (await SendAsync("fresh", Png(new byte[Shapes.Inputs]), "image/png"))
            .ShouldFail(HttpStatusCode.NotFound, "'fresh' has learned no task yet", "image/png", "train one first");
    }

    [Theory]
    [InlineData("""{"shape":[1,2,3],"normalization":{"means":[0.5],"deviations":[0.5]}}""", "shape [1, 2, 3] is not that of 280 inputs")]
    [InlineData("""{"shape":[1,20,14],"normalization":{"means":[0.5,0.5],"deviations":[0.5,0.5]}}""", "for each channel")]
    [InlineData("""{"shape":[2,14,10],"normalization":{"means":[0.5,0.5],"deviations":[0.5,0.5]}}""", "1 or 3 channels")]
    [InlineData("""{"shape":[280],"normalization":{"means":[0.5],"deviations":[0.5]}}""", "'numbers': true")]
    public async Task Given_a_format_that_cannot_be_when_a_model_is_created_then_it_is_refused(string format, string words)
    {
        string spec = $$"""{"plan":"280-64-30","classes":4,"seed":1,"inputFormat":{{format}}}""";
        (await shapes.Silo.SendAsync(HttpMethod.Put, "/v1/models/odd", new StringContent(spec, Encoding.UTF8, "application/json")))
            .ShouldFail(HttpStatusCode.BadRequest, words);
    }

    [Fact]
    public async Task Given_probabilities_when_asked_for_over_rest_and_grpc_then_each_row_sums_to_one_and_the_class_has_the_greatest()
    {
        byte[] pixels = Shapes.Test(shapes.Folder, 1).Pixels[..(6 * Shapes.Inputs)];
        object input = new
        {
            name = "input",
            shape = new[] { 6, Shapes.Inputs },
            datatype = "UINT8",
            data = pixels.Select(level => (int)level),
        };
        LocalSilo.Answer answer = await shapes.Silo.SendAsync(HttpMethod.Post, $"/v2/models/{ShapesSilo.Model}/infer", new
        {
            inputs = new[] { input },
            outputs = new object[] { new { name = "class" }, new { name = "probabilities" } },
        });
        double[][] rows = [.. Values(answer, "probabilities").Select(one => one.GetDouble()).Chunk(Shapes.Classes)];
        Assert.Equal(6, rows.Length);
        Assert.All(rows, row => Assert.InRange(row.Sum(), 0.9999, 1.0001));
        Assert.Equal(Values(answer, "class").Select(one => one.GetInt32()), rows.Select(row => Array.IndexOf(row, row.Max())));

        LocalSilo.Answer top = await shapes.Silo.SendAsync(HttpMethod.Post, $"/v2/models/{ShapesSilo.Model}/infer", new
        {
            inputs = new[] { input },
            outputs = new[] { new { name = "probabilities", parameters = new { classification = 2 } } },
        });
        string[][] texts = [.. Values(top, "probabilities").Select(one => one.GetString()!).Chunk(2)];
        Assert.Equal(rows.Select(row => Array.IndexOf(row, row.Max())), texts.Select(pair => int.Parse(pair[0].Split(':')[1], null)));
        Assert.All(texts.Zip(rows), pair => Assert.Equal(
            pair.Second.Max(), double.Parse(pair.First[0].Split(':')[0], CultureInfo.InvariantCulture), 1e-5));

        ModelInferRequest request = new()
        {
            ModelName = ShapesSilo.Model,
            Inputs = { new InferInputTensor { Name = "input", Datatype = "UINT8", Shape = { 6, Shapes.Inputs } } },
            Outputs =
            {
                new InferRequestedOutputTensor { Name = "probabilities", Parameters = { ["classification"] = new() { Int64Param = 2 } } },
            },
            RawInputContents = { Google.Protobuf.ByteString.CopyFrom(pixels) },
        };
        ModelInferResponse raw = await new GRPCInferenceService.GRPCInferenceServiceClient(shapes.Silo.Grpc)
            .ModelInferAsync(request, cancellationToken: Stop);
        Assert.Equal(("BYTES", "6,2"), (raw.Outputs.Single().Datatype, string.Join(',', raw.Outputs.Single().Shape)));
        byte[] first = raw.RawOutputContents.Single().ToByteArray();
        Assert.Equal(texts[0][0], Encoding.UTF8.GetString(first, 4, BinaryPrimitives.ReadInt32LittleEndian(first)));

        (await shapes.Silo.SendAsync(HttpMethod.Post, $"/v2/models/{ShapesSilo.Model}/infer", new
        {
            inputs = new[] { input },
            outputs = new[] { new { name = "class", parameters = new { classification = 2 } } },
        })).ShouldFail(HttpStatusCode.BadRequest, "'class'", "'probabilities'");
    }

    [Fact]
    public async Task Given_requests_that_are_answered_and_refused_when_statistics_are_asked_for_then_both_protocols_tell_them()
    {
        byte[] pixels = Shapes.Test(shapes.Folder, 0).Pixels[..(3 * Shapes.Inputs)];
        GRPCInferenceService.GRPCInferenceServiceClient grpc = new(shapes.Silo.Grpc);
        await shapes.CreateAsync("counted", DatasetFiles.Open(shapes.Folder));
        await shapes.LearnAsync("counted", 0, shapes.Folder);
        Assert.Equal((0, 0, 0), await CountsAsync());
        Outputs(await shapes.InferAsync("counted", pixels));
        Outputs(await shapes.InferAsync("counted", pixels));
        Assert.Equal(HttpStatusCode.BadRequest, (await shapes.InferAsync("counted", pixels, new { shortlist = "many" })).Code);
        Assert.Equal((6, 2, 1), await CountsAsync());
        ModelStatisticsResponse told = await grpc.ModelStatisticsAsync(new() { Name = "counted" }, cancellationToken: Stop);
        Assert.Equal((6u, 2u, 1u), (told.ModelStats[0].InferenceCount, told.ModelStats[0].InferenceStats.Success.Count,
            told.ModelStats[0].InferenceStats.Fail.Count));
        Assert.Contains(
            "counted",
            (await grpc.ModelStatisticsAsync(new(), cancellationToken: Stop)).ModelStats.Select(model => model.Name));
        Assert.Contains("counted", (await grpc.RepositoryIndexAsync(new(), cancellationToken: Stop)).Models.Select(model => model.Name));

        async Task<(int Rows, int Successes, int Failures)> CountsAsync()
        {
            JsonElement stats = (await shapes.Silo.GetAsync("/v2/models/counted/stats")).Body.GetProperty("model_stats")[0];
            JsonElement durations = stats.GetProperty("inference_stats");
            return (stats.GetProperty("inference_count").GetInt32(), durations.GetProperty("success").GetProperty("count").GetInt32(),
                durations.GetProperty("fail").GetProperty("count").GetInt32());
        }
    }

    private Task<LocalSilo.Answer> SendAsync(string model, byte[] file, string type, string query = "")
    {
        ByteArrayContent content = new(file);
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        return shapes.Silo.SendAsync(HttpMethod.Post, $"/v2/models/{model}/infer{query}", content);
    }

    private static string Outputs(LocalSilo.Answer answer)
    {
        Assert.True(answer.Code == HttpStatusCode.OK, $"{answer.Body}");
        return answer.Body.GetProperty("outputs").ToString();
    }

    private static JsonElement[] Values(LocalSilo.Answer answer, string name)
    {
        Assert.True(answer.Code == HttpStatusCode.OK, $"{answer.Body}");
        return
        [
            .. answer.Body.GetProperty("outputs").EnumerateArray().Single(output => output.GetProperty("name").GetString() == name)
                .GetProperty("data").EnumerateArray(),
        ];
    }

    private static byte[] Png(byte[] levels)
    {
        using SKBitmap bitmap = new(Shapes.Columns, Shapes.Rows, SKColorType.Gray8, SKAlphaType.Opaque);
        levels.CopyTo(bitmap.GetPixelSpan());
        using SKData data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }

    // Version 1.0 of the format: magic, version, length of the header, header, bytes.
    private static byte[] Npy(byte[] levels)
    {
        string header = $"{{'descr': '|u1', 'fortran_order': False, 'shape': (1, {levels.Length}), }}".PadRight(117) + "\n";
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. Encoding.ASCII.GetBytes(header), .. levels];
    }
}
