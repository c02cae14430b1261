using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Silo.Http;
using SupSup.Silo.OpenInference;
using SupSup.Silo.Security;

namespace SupSup.Silo.Management;

internal static class ModelEndpoints
{
    private const int ListedAtOnce = 16;

    /// <summary>Adds the endpoints.</summary>
    public static void MapModels(this RouteGroupBuilder group)
    {
        group.MapGet("models", ListAsync).WithSummary("Every model");
        group.MapPut("models/{model}", CreateAsync).RequireAuthorization(Roles.Trainer)
            .WithSummary("Creates a model, or confirms that it exists with the same definition");
        group.MapGet("models/{model}", GetAsync).WithSummary("A model");
        group.MapGet("models/{model}/health", HealthAsync).WithSummary("Where a model's masks are, and which cannot be read");
        group.MapGet("models/{model}/training", TrainingAsync)
            .WithSummary("The trainings under way, and those that ended recently, with their curves");
        group.MapGet("models/{model}/export", ExportAsync).WithSummary("The weights and every mask as safetensors").Produces<byte[]>(
            StatusCodes.Status200OK, "application/octet-stream");
    }

    private static async Task<object> ListAsync(IGrainFactory grains, InputNormalization normalization, CancellationToken cancellationToken)
    {
        using SemaphoreSlim slots = new(ListedAtOnce);
        IReadOnlyList<CatalogEntry> entries = await grains.Catalog().ListAsync(cancellationToken);
        ModelResource?[] models = await Task.WhenAll(entries.Select(async entry =>
        {
            await slots.WaitAsync(cancellationToken);
            try
            {
                return await ResourceAsync(grains, normalization, entry.Model, entry.Streams, cancellationToken);
            }
            catch (SupSupException e) when (e.Error == SupSupError.NotFound)
            {
                return null; // listed, but its creation did not come to its end
            }
            catch (Exception e) when (e is SupSupException or OrleansException or TimeoutException)
            {
                // the others are as well as they are
                return new ModelResource(entry.Model, null, null, entry.Streams) { Error = Problems.Of(e).Detail };
            }
            finally
            {
                slots.Release();
            }
        }));
        return new { Models = models.OfType<ModelResource>() };
    }

    private static async Task<ModelResource> CreateAsync(
        string model, ModelSpec spec, IGrainFactory grains, InputNormalization normalization, CancellationToken cancellationToken)
    {
        await grains.Coordinator(model).CreateAsync(spec, cancellationToken);
        return await GetAsync(model, grains, normalization, cancellationToken);
    }

    private static async Task<ModelResource> GetAsync(
        string model, IGrainFactory grains, InputNormalization normalization, CancellationToken cancellationToken)
    {
        IReadOnlyList<CatalogEntry> entries = await grains.Catalog().ListAsync(cancellationToken);
        IReadOnlyList<string> streams = entries.FirstOrDefault(entry => entry.Model == model)?.Streams ?? [];
        return await ResourceAsync(grains, normalization, GrainKeys.CheckModel(model), streams, cancellationToken);
    }

    private static async Task<ModelResource> ResourceAsync(
        IGrainFactory grains,
        InputNormalization normalization,
        string model,
        IReadOnlyList<string> streams,
        CancellationToken cancellationToken)
    {
        // The directory's entries are 12 bytes each, whole descriptions of tasks some hundreds.
        ICoordinatorGrain coordinator = grains.Coordinator(model);
        ModelSpec spec = await coordinator.GetSpecAsync(cancellationToken);
        DirectoryChanges? directory = await coordinator.GetChangesAsync(-1, cancellationToken);
        return new ModelResource(model, spec, directory?.Changes.Count(change => !change.Slot.IsEmpty) ?? 0, streams)
        {
            Normalization = (await normalization.OfModelAsync(model, cancellationToken)).Normalization,
        };
    }

    private static Task<ModelHealth> HealthAsync(string model, IGrainFactory grains, CancellationToken cancellationToken) =>
        grains.Coordinator(model).CheckHealthAsync(cancellationToken);

    private static async Task<object> TrainingAsync(string model, IGrainFactory grains, CancellationToken cancellationToken)
    {
        await grains.Coordinator(model).GetSpecAsync(cancellationToken);
        return new
        {
            Trainings = (await grains.GetGrain<ITrainingBoardGrain>(GrainKeys.CheckModel(model)).ListAsync(cancellationToken))
            .Select(TrainingView.Of)
        };
    }

    private static async Task ExportAsync(string model, IGrainFactory grains, ServingGate gate, HttpContext context)
    {
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, gate.Stopping);
        ModelDescription description = await grains.Coordinator(model).DescribeAsync(either.Token);
        context.Response.ContentType = "application/octet-stream";
        ContentDispositionHeaderValue disposition = new("attachment");
        disposition.SetHttpFileName($"{model}.safetensors"); // also as filename*, since a name may have any letters
        context.Response.Headers.ContentDisposition = disposition.ToString();
        await ModelDownload.WriteAsync(grains, description, context.Response, either.Token);
    }
}
