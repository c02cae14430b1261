using SupSup.Core.Export;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Export;

/// <summary>Writes a model's export file, one mask at a time.</summary>
public static class ModelFile
{
    /// <summary>Writes the file.</summary>
    /// <param name="model">The model.</param>
    /// <param name="stream">Where to.</param>
    /// <param name="read">Gives a task's mask.</param>
    /// <param name="written">Called when the weights, each mask and the end are written: the number of tasks and two times.</param>
    public static async Task WriteAsync(ModelDescription model, Stream stream, Func<int, Task<PackedMaskBlob>> read, Func<Task> written)
    {
        FixedNetwork network = new(Plans.Parse(model.Spec.Plan), model.Spec.Seed, model.Spec.WeightsVersion);
        int[] tasks = [.. model.Tasks.Select(task => task.Task).Order()];
        ModelExport export = new(stream, network, tasks, ExportMetadata.Of(model));
        await written();
        foreach (int task in tasks)
        {
            export.Add(task, MaskFile.Read(network, (await read(task)).File, $"{model.Name}/{task}"));
            await written();
        }

        export.End();
        await written();
    }
}
