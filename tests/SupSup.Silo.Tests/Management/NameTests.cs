using System.Net;
using System.Text.Json;
using SupSup.Silo.OpenInference.Protocol;
using SupSup.Silo.Tests.Http;
using SupSup.Silo.Tests.OpenInference;

namespace SupSup.Silo.Tests.Management;

/// <summary>Models that are renamed answer by every name that they had; those that are deleted, by none.</summary>
public sealed class NameTests(ShapesSilo shapes) : IClassFixture<ShapesSilo>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_a_model_when_renamed_then_it_answers_by_all_its_names_and_no_other_can_have_them()
    {
        await shapes.CreateAsync("first");
        await shapes.CreateAsync("other");
        await shapes.LearnPermutedAsync("first", 0, shapes.Folder, 20);
        byte[] pixels = new byte[Shapes.Inputs];
        string expected = Outputs(await shapes.InferAsync("first", pixels));
        foreach (string name in new[] { "second", "third" })
            Assert.Equal(HttpStatusCode.NoContent, (await RenameAsync("first", name)).Code);
        foreach (string name in new[] { "first", "second", "third" })
        {
            JsonElement model = (await shapes.Silo.GetAsync($"/v1/models/{name}")).Body;
            Assert.Equal(("first", "third"), (model.GetProperty("name").GetString(), model.GetProperty("displayName").GetString()));
            Assert.Equal(expected, Outputs(await shapes.InferAsync(name, pixels)));
            GRPCInferenceService.GRPCInferenceServiceClient grpc = new(shapes.Silo.Grpc);
            Assert.True((await grpc.ModelReadyAsync(new ModelReadyRequest { Name = name }, cancellationToken: Stop)).Ready);
        }

        (await RenameAsync("other", "second")).ShouldFail(HttpStatusCode.Conflict, "'first'", "'second'");
        (await RenameAsync("other", "first")).ShouldFail(HttpStatusCode.Conflict, "'first'");
        (await RenameAsync("other", "not a name")).ShouldFail(HttpStatusCode.BadRequest, "not a name");
        (await RenameAsync("nowhere", "somewhere")).ShouldFail(HttpStatusCode.NotFound, "'nowhere'");
        (await shapes.Silo.SendAsync(
            HttpMethod.Put, "/v1/models/third", new { inputs = 4, hidden = new[] { 4 }, outputs = 6, classes = 3, seed = 1 }))
            .ShouldFail(HttpStatusCode.Conflict, "'first' exists");
        Assert.Equal(HttpStatusCode.NoContent, (await RenameAsync("third", "first")).Code);
        Assert.Equal("first", (await shapes.Silo.GetAsync("/v1/models/second")).Body.GetProperty("displayName").GetString());

        Assert.Equal(HttpStatusCode.NoContent, (await shapes.Silo.SendAsync(HttpMethod.Delete, "/v1/models/second")).Code);
        foreach (string name in new[] { "first", "second", "third" })
            (await shapes.Silo.GetAsync($"/v1/models/{name}")).ShouldFail(HttpStatusCode.NotFound, $"'{name}'");
        Assert.Equal(HttpStatusCode.NoContent, (await RenameAsync("other", "second")).Code);
    }

    private Task<LocalSilo.Answer> RenameAsync(string model, string name) =>
        shapes.Silo.SendAsync(HttpMethod.Put, $"/v1/models/{model}/name", new { name });

    private static string Outputs(LocalSilo.Answer answer)
    {
        Assert.True(answer.Code == HttpStatusCode.OK, $"{answer.Body}");
        return $"{answer.Body.GetProperty("outputs")}";
    }
}
