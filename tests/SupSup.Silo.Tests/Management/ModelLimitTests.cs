using System.Net;
using System.Text.Json;
using SupSup.Silo.Tests.Http;

namespace SupSup.Silo.Tests.Management;

/// <summary>How many models there may be, how large one may be, and how long a list of them is.</summary>
public sealed class ModelLimitTests
{
    [Fact]
    public async Task Given_caps_on_layers_and_weights_when_a_model_is_made_then_one_beyond_is_refused_and_nothing_is_written()
    {
        await using LocalSilo silo =
            await LocalSilo.StartAsync(settings => (settings.Limits.Layers, settings.Limits.Weights) = (2, 100));
        (await CreateAsync(silo, "deep", 2, 2)).ShouldFail(HttpStatusCode.BadRequest, "3 layers", "2", "Limits:Layers");
        (await CreateAsync(silo, "wide", 50)).ShouldFail(HttpStatusCode.BadRequest, "500 weights", "100", "Limits:Weights");
        Assert.Equal(0, (await silo.GetAsync("/v1/models")).Body.GetProperty("total").GetInt32());
        Assert.Empty(Directory.EnumerateFiles(silo.Settings.Storage.Directory, "*.json", SearchOption.AllDirectories));
        Assert.Equal(HttpStatusCode.OK, (await CreateAsync(silo, "fits", 10)).Code);
    }

    [Fact]
    public async Task Given_a_cap_on_models_when_many_are_made_at_once_then_so_many_are_and_one_that_is_deleted_leaves_its_place()
    {
        await using LocalSilo silo = await LocalSilo.StartAsync(settings => settings.Limits.Models = 2);
        LocalSilo.Answer[] made = await Task.WhenAll(Enumerable.Range(0, 8).Select(n => CreateAsync(silo, $"m{n}", 4)));
        Assert.Equal(2, made.Count(answer => answer.Code == HttpStatusCode.OK));
        Assert.All(made.Where(answer => answer.Code != HttpStatusCode.OK), answer => answer.ShouldFail(
            HttpStatusCode.Conflict, "the 2 models", "Limits:Models"));
        int[] there = [.. Enumerable.Range(0, 8).Where(n => made[n].Code == HttpStatusCode.OK)];
        Assert.Equal(HttpStatusCode.OK, (await CreateAsync(silo, $"m{there[0]}", 4)).Code); // confirms it
        Assert.Equal(
            HttpStatusCode.NoContent, (await silo.SendAsync(HttpMethod.Delete, $"/v1/models/m{there[0]}")).Code);
        Assert.Equal(HttpStatusCode.OK, (await CreateAsync(silo, "later", 4)).Code);
        (await CreateAsync(silo, "beyond", 4)).ShouldFail(HttpStatusCode.Conflict, "Limits:Models");
    }

    [Fact]
    public async Task Given_no_caps_when_models_are_made_then_none_is_refused_for_its_number_or_size()
    {
        await using LocalSilo silo = await LocalSilo.StartAsync(
            settings => (settings.Limits.Models, settings.Limits.Layers, settings.Limits.Weights) = (0, 0, 0));
        foreach (int n in Enumerable.Range(0, 3)) Assert.Equal(HttpStatusCode.OK, (await CreateAsync(silo, $"m{n}", 200, 200)).Code);
    }

    [Fact]
    public async Task Given_definitions_of_any_length_when_models_are_listed_then_a_page_has_each_in_brief_and_the_model_itself_has_all()
    {
        const int Inputs = 200;
        await using LocalSilo silo = await LocalSilo.StartAsync();
        foreach (string model in new[] { "a", "b", "c" })
        {
            string[] names = [.. Enumerable.Range(0, Inputs).Select(n => $"{n}{new string('x', 500)}")];
            float[] values = [.. Enumerable.Repeat(1f, Inputs)];
            object spec = new
            {
                inputs = Inputs,
                hidden = new[] { 4 },
                outputs = 4,
                classes = 2,
                seed = 1,
                inputFormat = new
                {
                    shape = new[] { Inputs },
                    normalization = new { means = values, deviations = values, numbers = true },
                    names,
                },
            };
            LocalSilo.Answer made = await silo.SendAsync(HttpMethod.Put, $"/v1/models/{model}", spec);
            Assert.True(made.Code == HttpStatusCode.OK, made.Body.ToString());
            for (int n = 0; n < 25; n++)
                Assert.Equal(HttpStatusCode.OK, (await silo.SendAsync(
                    HttpMethod.Put, $"/v1/models/{model}/streams/stream-{n:00}", new { segmentBatches = 2 })).Code);
        }

        JsonElement all = (await silo.GetAsync("/v1/models")).Body;
        Assert.Equal(3, all.GetProperty("total").GetInt32());
        Assert.InRange(all.ToString().Length, 1, 3 * 2000);
        JsonElement brief = all.GetProperty("models")[0];
        Assert.True(brief.GetProperty("isBrief").GetBoolean());
        Assert.Equal((20, 25), (brief.GetProperty("streams").GetArrayLength(), brief.GetProperty("streamCount").GetInt32()));
        JsonElement whole = (await silo.GetAsync("/v1/models/a")).Body;
        Assert.Equal(Inputs, whole.GetProperty("spec").GetProperty("inputFormat").GetProperty("names").GetArrayLength());
        Assert.Equal(25, whole.GetProperty("streams").GetArrayLength());
        Assert.False(whole.TryGetProperty("isBrief", out _));

        JsonElement page = (await silo.GetAsync("/v1/models?offset=1&limit=1")).Body;
        Assert.Equal(["b"], page.GetProperty("models").EnumerateArray().Select(model => model.GetProperty("name").GetString()));
        Assert.Equal(3, page.GetProperty("total").GetInt32());
        foreach (string query in new[] { "offset=-1", "limit=0", "limit=1001" })
            (await silo.GetAsync($"/v1/models?{query}")).ShouldFail(HttpStatusCode.BadRequest, query.Split('=')[1]);
    }

    private static Task<LocalSilo.Answer> CreateAsync(LocalSilo silo, string model, params int[] hidden) => silo.SendAsync(
        HttpMethod.Put, $"/v1/models/{model}", new { inputs = 4, hidden, outputs = 6, classes = 3, seed = 1 });
}
