using System.Globalization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace SupSup.Silo.Http;

/// <summary>What every operation of the OpenAPI document has: an id that programs made of the document call it by, and the answer where it
/// fails.</summary>
internal static class OpenApiOperations
{
    private const string Inference = "v2/";

    /// <summary>Completes an operation.</summary>
    public static Task CompleteAsync(
        OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        operation.OperationId = Id(context.Description.HttpMethod!, context.Description.RelativePath!);
        operation.Responses ??= [];
        foreach (string codes in new[] { "4XX", "5XX" }) operation.Responses.TryAdd(codes, Problem(codes));
        return Task.CompletedTask;
    }

    /// <summary>The id of an operation: its method and the words of its path, a parameter in place of the word before it.
    /// <c>PUT v1/models/{model}/tasks/{task}/training</c> is putModelTaskTraining; of the Open Inference Protocol it begins with
    /// oip.</summary>
    /// <param name="method">Its method.</param>
    /// <param name="path">Its path, without a leading slash.</param>
    public static string Id(string method, string path)
    {
        bool isInference = $"{path}/".StartsWith(Inference, StringComparison.Ordinal);
        string[] segments = path.Split('/', StringSplitOptions.RemoveEmptyEntries)[1..];
        bool IsParameter(int n) => n < segments.Length && segments[n][0] == '{';
        IEnumerable<string> words = Enumerable.Range(0, segments.Length).Where(n => IsParameter(n) || !IsParameter(n + 1))
            .Select(n => Capitalized(segments[n].Trim('{', '}').Split(':')[0]));
        if (segments.Length == 0) words = ["Server"];
        string id = $"{Capitalized(method.ToLowerInvariant())}{string.Concat(words)}";
        return isInference ? $"oip{id}" : $"{char.ToLowerInvariant(id[0])}{id[1..]}";
    }

    private static string Capitalized(string word) => $"{char.ToUpper(word[0], CultureInfo.InvariantCulture)}{word[1..]}";

    private static OpenApiResponse Problem(string codes) => new()
    {
        Description = codes == "4XX"
            ? "The request cannot be answered; one line says what is wrong with it, and what to do."
            : "The service cannot answer; one line says why, and whether asking again may help.",
        Content = new Dictionary<string, OpenApiMediaType>
        {
            ["application/problem+json"] = new()
            {
                Schema = new OpenApiSchema
                {
                    Type = JsonSchemaType.Object,
                    Properties = new Dictionary<string, IOpenApiSchema>
                    {
                        ["type"] = Text(),
                        ["title"] = Text(),
                        ["detail"] = Text(),
                        ["error"] = Text(),
                        ["traceId"] = Text(),
                        ["instance"] = Text(),
                        ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer },
                    },
                },
            },
        },
    };

    private static OpenApiSchema Text() => new() { Type = JsonSchemaType.String };
}
