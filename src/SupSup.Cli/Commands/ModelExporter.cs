using SupSup.Cli.Output;
using SupSup.Client;
using SupSup.Core.Export;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Experiments.Files;
using SupSup.Grains.Export;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Cli.Commands;

/// <summary>Writes a model's export file, one mask at a time.</summary>
internal static class ModelExporter
{
    /// <summary>Exports.</summary>
    /// <returns>Number of tasks written.</returns>
    public static async Task<int> ExportAsync(SupSupModel model, string file, ProgressDisplay display, CancellationToken cancellationToken)
    {
        ModelDescription description = await model.DescribeAsync(cancellationToken);
        FixedNetwork network = new(Plans.Parse(description.Spec.Plan), description.Spec.Seed, description.Spec.WeightsVersion);
        int[] tasks = [.. description.Tasks.Select(task => task.Task).Order()];
        string directory = Path.GetDirectoryName(file)!;
        if (!Directory.Exists(directory))
            throw new DirectoryNotFoundException($"cannot write {file}: there is no folder {directory}; create it first");
        await display.RunAsync("exporting", Math.Max(1, tasks.Length), stage => AtomicFile.WriteAsync(file, async temporary =>
        {
            await using FileStream stream = File.Create(temporary);
            ModelExport export = new(stream, network, tasks, ExportMetadata.Of(description));
            foreach (int task in tasks)
            {
                PackedMaskBlob blob = await model.GetMaskAsync(task, cancellationToken);
                export.Add(task, MaskFile.Read(network, blob.File, $"{model.Name}/{task}"));
                stage.Advance(1);
            }

            export.End();
        }));
        return tasks.Length;
    }
}
