using Microsoft.AspNetCore.Http;
using SupSup.Core.Export;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Grains.Export;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Silo.Management;

/// <summary>Sends a model's export file, one mask at a time.</summary>
internal static class ModelDownload
{
    /// <summary>Sends the file.</summary>
    public static async Task WriteAsync(
        IGrainFactory grains, ModelDescription model, HttpResponse response, CancellationToken cancellationToken)
    {
        FixedNetwork network = new(Plans.Parse(model.Spec.Plan), model.Spec.Seed, model.Spec.WeightsVersion);
        int[] tasks = [.. model.Tasks.Select(task => task.Task).Order()];

        // The writer is synchronous: each part is written to memory, and sent from there.
        using MemoryStream part = new();
        ModelExport export = new(part, network, tasks, ExportMetadata.Of(model));
        await SendAsync();
        foreach (int task in tasks)
        {
            PackedMaskBlob blob = await grains.GetGrain<ITaskGrain>(GrainKeys.Task(model.Name, task)).GetMaskAsync(cancellationToken);
            export.Add(task, MaskFile.Read(network, blob.File, $"{model.Name}/{task}"));
            await SendAsync();
        }

        export.End();
        await SendAsync();

        async Task SendAsync()
        {
            await response.Body.WriteAsync(part.GetBuffer().AsMemory(0, (int)part.Length), cancellationToken);
            part.SetLength(0);
        }
    }
}
