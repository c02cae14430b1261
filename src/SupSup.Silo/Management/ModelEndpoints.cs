using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using SupSup.Core.Export;
using SupSup.Grains.Data;
using SupSup.Grains.Export;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Models;
using SupSup.Silo.Http;
using SupSup.Silo.OpenInference;
using SupSup.Silo.Security;

namespace SupSup.Silo.Management;

internal static class ModelEndpoints
{
    private const int ListedAtOnce = 16;
    private const int MostListed = 1000;

    // Of an import: some masks are stored while the next are read.
    private const long ImportBytes = 16 << 20;

    private const string MarkdownType = "text/markdown";

    /// <summary>Adds the endpoints.</summary>
    public static void MapModels(this RouteGroupBuilder group)
    {
        group.MapGet("models", ListAsync).ForLimited().WithSummary("The models by name, a page of them, each in brief");
        group.MapPut("models/{model}", CreateAsync).RequireAuthorization(Roles.Trainer)
            .WithSummary("Creates a model, or confirms that it exists with the same definition");
        group.MapGet("models/{model}", GetAsync).ForLimited().WithSummary("A model");
        group.MapPut("models/{model}/name", RenameAsync).RequireAuthorization(Roles.Trainer)
            .WithSummary("Gives a model another name for people; it goes on answering by those before");
        group.MapDelete("models/{model}", DeleteAsync).RequireAuthorization(Roles.Admin)
            .WithSummary("Deletes a model, its tasks, data and streams; repeat it where it says that it is not done yet");
        group.MapPost("models/{model}/import", ImportAsync).RequireAuthorization(Roles.Trainer)
            .TakesMemory(weight: 0, ImportBytes).Accepts<byte[]>("*/*")
            .WithSummary("Makes a model, or adds to it, from a file that export wrote; repeating it is harmless");
        group.MapGet("models/{model}/health", HealthAsync).WithSummary(
            "Where a model's masks are, and which of them and of its other records cannot be read; with read=false nothing is read to find "
                + "out");
        group.MapGet("models/{model}/training", TrainingAsync).ForLimited()
            .WithSummary("The trainings under way, and those that ended recently, with their curves");
        group.MapGet("models/{model}/export", ExportAsync).ForLimited().WithSummary("The weights and every mask as safetensors")
            .Produces<byte[]>(StatusCodes.Status200OK, "application/octet-stream");
        group.MapGet("models/{model}/card", CardAsync).ForLimited()
            .WithSummary("A model card in Markdown; with images=N each task is tested on so many of its test images first")
            .Produces<string>(StatusCodes.Status200OK, MarkdownType);
    }

    private static async Task<ModelPage> ListAsync(
        IGrainFactory grains, InputNormalization normalization, LimitedCallers callers, CallerLimits limits,
        CancellationToken cancellationToken, int offset = 0, int limit = MostListed)
    {
        TaskEndpoints.CheckPage(offset, limit, MostListed);
        using SemaphoreSlim slots = new(ListedAtOnce);
        CatalogEntry[] entries = [.. await RepositoryEndpoints.ModelsAsync(grains, limits, cancellationToken)];
        ModelResource?[] models = await Task.WhenAll(entries.Skip(offset).Take(limit).Select(async entry =>
        {
            await slots.WaitAsync(cancellationToken);
            try
            {
                return await ResourceAsync(grains, normalization, callers, limits, entry, cancellationToken);
            }
            catch (SupSupException e) when (e.Error == SupSupError.NotFound)
            {
                return null; // listed, but its creation did not come to its end
            }
            catch (Exception e) when (e is SupSupException or OrleansException or TimeoutException)
            {
                // the others are as well as they are
                return new ModelResource(entry.Model, entry.Name, null, null, entry.Streams) { Error = Problems.Of(e).Detail };
            }
            finally
            {
                slots.Release();
            }
        }));
        return new ModelPage(entries.Length, [.. models.OfType<ModelResource>().Select(model => model.Brief())]);
    }

    private static async Task<ModelResource> CreateAsync(
        string model, ModelSpec spec, IGrainFactory grains, InputNormalization normalization, LimitedCallers callers, CallerLimits limits,
        CancellationToken cancellationToken)
    {
        await grains.Coordinator(model).CreateAsync(spec, cancellationToken);
        return await GetAsync(model, grains, normalization, callers, limits, cancellationToken);
    }

    private static async Task<ModelResource> GetAsync(
        string model, IGrainFactory grains, InputNormalization normalization, LimitedCallers callers, CallerLimits limits,
        CancellationToken cancellationToken)
    {
        IReadOnlyList<CatalogEntry> entries = await grains.Catalog().ListAsync(cancellationToken);
        return await ResourceAsync(
            grains, normalization, callers, limits,
            entries.FirstOrDefault(entry => entry.Model == model) ?? new(GrainKeys.CheckModel(model), []), cancellationToken);
    }

    private static async Task<ModelResource> ResourceAsync(
        IGrainFactory grains, InputNormalization normalization, LimitedCallers callers, CallerLimits limits, CatalogEntry entry,
        CancellationToken cancellationToken)
    {
        ICoordinatorGrain coordinator = grains.Coordinator(entry.Model);
        ModelSpec spec = await coordinator.GetSpecAsync(cancellationToken);
        int tasks = limits.LimitsTasks
            ? (await callers.DescribeAsync(limits, entry.Model, cancellationToken)).Tasks.Length
            : (await coordinator.ListTasksAsync(0, 0, cancellationToken)).Total;
        return new ModelResource(entry.Model, entry.Name, spec, tasks, limits.LimitsTasks ? [] : entry.Streams)
        {
            Normalization = (await normalization.OfModelAsync(limits, entry.Model, cancellationToken)).Normalization,
            Reservoir = spec.HasReservoir && !limits.LimitsTasks
                ? await grains.Reservoir(entry.Model).DescribeAsync(cancellationToken)
                : null,
        };
    }

    private static async Task<IResult> RenameAsync(
        string model, NewName order, IGrainFactory grains, ModelNames names, CallerLimits limits, CancellationToken cancellationToken)
    {
        LimitedCallers.CheckName(limits, limits.AllowModel, order.Name);
        await grains.Coordinator(model).GetSpecAsync(cancellationToken);
        try
        {
            await grains.Catalog().RenameModelAsync(model, order.Name, cancellationToken);
        }
        catch (SupSupException e) when (e.Error == SupSupError.Conflict && limits.Any)
        {
            // What else is called so may be another's.
            throw new SupSupException(SupSupError.Conflict, $"the name '{order.Name}' is taken; choose another");
        }

        names.Forget();
        return TypedResults.NoContent();
    }

    private static async Task<IResult> DeleteAsync(
        string model, IGrainFactory grains, ModelNames names, CancellationToken cancellationToken)
    {
        await grains.Coordinator(model).DeleteAsync(cancellationToken);
        names.Forget();
        return TypedResults.NoContent();
    }

    private static async Task<ImportedModel> ImportAsync(
        string model, IGrainFactory grains, HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = null;
        int tasks = await ModelFile.ReadAsync(
            request.Body,
            spec => grains.Coordinator(model).CreateAsync(spec, cancellationToken),
            masks => grains.Import(model).ImportAsync(masks, cancellationToken),
            cancellationToken,
            header => RequestBudget.Of(request.HttpContext).Cover(ImportBytes + (SafetensorsReader.HeaderWeight * header)));
        return new ImportedModel(model, tasks);
    }

    private static Task<ModelHealth> HealthAsync(
        string model, IGrainFactory grains, CancellationToken cancellationToken, bool read = true) => read
            ? grains.Coordinator(model).CheckHealthAsync(cancellationToken)
            : grains.Coordinator(model).ShowShardsAsync(cancellationToken);

    private static async Task<object> TrainingAsync(
        string model, IGrainFactory grains, CallerLimits limits, CancellationToken cancellationToken)
    {
        ICoordinatorGrain coordinator = grains.Coordinator(model);
        await coordinator.GetSpecAsync(cancellationToken);
        IReadOnlyList<TrainingReport> all = await grains.GetGrain<ITrainingBoardGrain>(model).ListAsync(cancellationToken);
        string?[] names = limits.LimitsTasks
            ? await Task.WhenAll(all.Select(report => coordinator.CalledAsync(report.Progress.Task, cancellationToken)))
            : new string?[all.Count];
        return new { Trainings = all.Where((_, n) => limits.AllowTask(names[n])).Select(TrainingView.Of) };
    }

    private static async Task ExportAsync(
        string model, IGrainFactory grains, ServingGate gate, LimitedCallers callers, HttpContext context)
    {
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, gate.Stopping);
        ModelDescription description = await callers.DescribeAsync(CallerLimits.Of(context.User), model, either.Token);
        description.Spec.Refuse(model, "no mask of a task can be written to a file; back up the store, or make a model without storage");
        context.Response.ContentType = "application/octet-stream";
        context.Response.SetFileName($"{model}.safetensors");
        if (HeadAndOptions.IsHead(context)) return;
        await ModelDownload.WriteAsync(grains, description, context.Response, either.Token);
    }

    private static async Task<IResult> CardAsync(
        string model, IGrainFactory grains, TaskDataLibrary library, LimitedCallers callers, CallerLimits limits,
        CancellationToken cancellationToken, int images = 0)
    {
        if (images != 0) EvaluationEndpoint.CheckImages(images);
        ModelDescription description = await callers.DescribeAsync(limits, model, cancellationToken);
        if (images > 0) EvaluationEndpoint.CheckGiven(description);
        Dictionary<int, ModelCard.Test> tests = [];
        if (images > 0)
        {
            await foreach (EvaluationEndpoint.TaskAccuracy one in EvaluationEndpoint.TestAsync(
                grains, library, description, EvaluationEndpoint.Among(limits, description),
                [.. Enumerable.Range(0, description.Tasks.Length)], EvaluationEndpoint.MostTasks, images, confusions: false,
                cancellationToken))
                tests[one.Task] = new(one.Images, one.Given, one.Inferred, one.Found, one.Problem);
        }

        IReadOnlyList<CatalogEntry> entries = await grains.Catalog().ListAsync(cancellationToken);
        string title = entries.FirstOrDefault(entry => entry.Model == model)?.Name ?? model;
        return TypedResults.Text(ModelCard.Write(title, description, tests), MarkdownType, Encoding.UTF8);
    }

    internal sealed record ModelPage(int Total, IReadOnlyList<ModelResource> Models);

    internal sealed record ImportedModel(string Model, int Tasks);
}
