using Microsoft.AspNetCore.Http;
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
        // The writer is synchronous: each part is written to memory, and sent from there.
        using MemoryStream part = new();
        await ModelFile.WriteAsync(model, part, task => grains.Task(model.Name, task).GetMaskAsync(cancellationToken), SendAsync);

        async Task SendAsync()
        {
            await response.Body.WriteAsync(part.GetBuffer().AsMemory(0, (int)part.Length), cancellationToken);
            part.SetLength(0);
        }
    }
}
