using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using SupSup.Silo.Security;
using SupSup.Silo.Settings;

namespace SupSup.Silo.Http;

/// <summary>The OpenAPI document at /openapi/v1.json, and a page to try the interface at /openapi.</summary>
internal static class OpenApiFeature
{
    public const string Page = "/openapi";

    private const string Document = "/openapi/v1.json";

    private const string Scheme = "key";

    /// <summary>Adds what makes the document.</summary>
    public static IServiceCollection AddOpenApiDocument(
        this IServiceCollection services, HttpSettings settings, SecuritySettings security) =>
            settings.OpenApi ? services.AddOpenApi(options => options.AddOperationTransformer(OpenApiOperations.CompleteAsync)
            .AddDocumentTransformer((document, _, _) =>
        {
            document.Info.Title = "SupSup";
            document.Info.Version = typeof(OpenApiFeature).Assembly.GetName().Version!.ToString(3);
            document.Info.License = new OpenApiLicense { Name = "MIT", Url = new Uri("https://opensource.org/license/mit") };
            document.Info.Description =
                "Classification tasks learned one after another without forgetting any: the Open Inference Protocol under /v2, "
                    + "management under /v1.";
            if (security.IsRequired) RequireKey(document);
            else document.Security = [[]]; // said, rather than left open
            foreach (OpenApiServer one in document.Servers ?? []) one.Url = one.Url?.TrimEnd('/');
            foreach (OpenApiTag tag in document.Tags ?? new HashSet<OpenApiTag>())
                tag.Description = tag.Name == "Management"
                    ? "Models, tasks, their training, and what became of it."
                    : "Inference, as clients of KServe and Triton ask for it.";
            return Task.CompletedTask;
        }))
        : services;

    /// <summary>Adds the endpoints.</summary>
    public static void MapOpenApiDocument(this WebApplication server, HttpSettings settings)
    {
        if (!settings.OpenApi) return;
        server.MapOpenApi().RequireAuthorization(Roles.Reader).ForLimited();
        server.UseSwaggerUI(ui =>
        {
            ui.RoutePrefix = Page[1..];
            ui.SwaggerEndpoint(Document, "SupSup");
            ui.DocumentTitle = "SupSup";
        });
    }

    // With it the page has a field for the key.
    private static void RequireKey(OpenApiDocument document)
    {
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [Scheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description = "An API key of this silo (supsup keys create), or a token of its identity provider."
            },
        };
        document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Scheme, document)] = [] }];
    }
}
