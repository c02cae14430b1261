using SupSup.Cli.Output;
using SupSup.Client;
using SupSup.Experiments.Files;
using SupSup.Grains.Export;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Cli.Commands;

/// <summary>Writes a model's export file, one mask at a time.</summary>
internal static class ModelExporter
{
    /// <summary>Exports.</summary>
    /// <returns>Number of tasks written.</returns>
    public static async Task<int> ExportAsync(
        SupSupModel model, OutputFile file, ProgressDisplay display, CancellationToken cancellationToken)
    {
        ModelDescription description = await model.DescribeAsync(cancellationToken);
        await display.RunAsync("exporting", description.Tasks.Length + 2, stage => file.WriteAsync(stream =>
            ModelFile.WriteAsync(description, stream, task => model.GetMaskAsync(task, cancellationToken), () =>
            {
                stage.Advance(1);
                return Task.CompletedTask;
            })));
        return description.Tasks.Length;
    }
}
