using System.Net;
using System.Text;

namespace SupSup.Silo.Tests.Http;

/// <summary>What is wrong with a body is told in its own terms.</summary>
public sealed class JsonErrorTests
{
    private const string Model = "/v1/models/m";
    private const string Json = "application/json";
    private const string Lines = "application/x-ndjson";

    [Fact]
    public async Task Given_bodies_at_fault_when_sent_then_the_answer_names_the_member_and_what_it_takes_and_no_type_of_the_program()
    {
        await using LocalSilo silo = await LocalSilo.StartAsync();
        await silo.SendAsync(HttpMethod.Put, Model, new { inputs = 2, hidden = new[] { 2 }, outputs = 4, classes = 2, seed = 1 });
        await silo.SendAsync(HttpMethod.Put, $"{Model}/tasks/0/training", new { data = (object?)null, batches = 9 });
        foreach ((HttpMethod method, string path, string type, string body, string told) in new[]
        {
            (HttpMethod.Put, Model, Json, """{"inputs":"4","hidden":[8],"outputs":6}""", "'inputs' takes a whole number"),
            (HttpMethod.Put, Model, Json, """{"inputs":4,"hidden":[8,"9"],"outputs":6}""", "'hidden[1]' takes a whole number"),
            (HttpMethod.Put, Model, Json, """{"inputs":4,"hidden":8,"outputs":6}""", "'hidden' takes a list, each a whole number"),
            (HttpMethod.Put, Model, Json, """{"inputs":4,"outputs":6,"lr":0.1}""", "unknown member 'lr'; known are"),
            (HttpMethod.Put, Model, Json, """{"inputs":4,""", "it is no JSON"),
            (HttpMethod.Put, Model, Json, "[]", "the body takes an object"),
            (HttpMethod.Put, Model, Json, "", "empty or null"), (HttpMethod.Put, Model, Json, "null", "null"),
            (HttpMethod.Put, Model, Json, """{"inputs":99999999999,"outputs":6}""", "'inputs' takes a whole number up to 2147483647"),
            (HttpMethod.Put, Model, Json, """{"']['":1}""", "unknown member"),
            (HttpMethod.Put, Model, Json, """{"inputs":tru,"hidden":null}""", "it is no JSON"),
            (HttpMethod.Put, $"{Model}/tasks/1/training", Json, """{"data":{"dataset":"a","family":{"a":""" + new string('[', 99), "'"),
            (HttpMethod.Put, $"{Model}/tasks/1/training", Json, """{"data":{"dataset":7}}""", "'data.dataset' takes text"),
            (HttpMethod.Put, $"{Model}/tasks/1/training", Json, """{"data":{"family":"whole"}}""", "'data' lacks 'dataset'"),
            (HttpMethod.Put, $"{Model}/tasks/1/training", Json, """{"data":{"dataset":null}}""", "'data.dataset' takes text, not null"),
            (HttpMethod.Put, $"{Model}/tasks/1/training", Json, """{"data":{"dataset":"mnist","folder":1}}""",
                "unknown member 'folder' of 'data'; known are dataset, family"),
            (HttpMethod.Put, $"{Model}/tasks/1/training", Json, """{"batches":1.5}""", "'batches' takes a whole number"),
            (HttpMethod.Post, $"{Model}/tasks/0/batches", Lines, """{"number":0,"inputs":[[1,1]],"labels":[0.0]}""",
                "line 1 is invalid: 'labels[0]' takes a whole number"),
            (HttpMethod.Post, $"{Model}/tasks/0/batches", Lines, """{"number":0,"inputs":[[1,"1"]],"labels":[0]}""",
                "'inputs[0][1]' takes a number"),
            (HttpMethod.Post, $"{Model}/tasks/0/batches", Lines, """{"number":0,"inputs":[[1,1]]}""", "lacks 'labels'"),
            (HttpMethod.Post, $"{Model}/tasks/0/batches", Lines, """{"number":0,"inputs":null,"labels":[0]}""",
                "'inputs' takes a list, each a list, each a number, not null"),
        })
        {
            LocalSilo.Answer answer = await silo.SendAsync(method, path, new StringContent(body, Encoding.UTF8, type));
            string detail = answer.Body.GetProperty("detail").GetString()!;
            Assert.True(answer.Code == HttpStatusCode.BadRequest && detail.Contains(told, StringComparison.Ordinal), $"{body}: {detail}");
            Assert.DoesNotMatch(@"System\.|\.NET|SupSup\.|Path: ", detail);
        }
    }
}
