using System.Collections.Immutable;
using SupSup.Core.Export;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Export;

/// <summary>Writes and reads a model's export file, one mask at a time.</summary>
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

    /// <summary>Reads a file, and has what is in it stored.</summary>
    /// <param name="stream">The file.</param>
    /// <param name="create">Makes the model.</param>
    /// <param name="import">Stores masks, as many as <see cref="IImportGrain.ImportAsync"/> takes; while it does, the next are read.
    /// </param>
    /// <param name="cancellationToken">Stops; what was stored stays.</param>
    /// <param name="seen">Told of the header's length, see <see cref="SafetensorsReader.OpenAsync"/>.</param>
    /// <returns>How many tasks were stored.</returns>
    /// <exception cref="SupSupException">InvalidRequest: it is no such file. Others as those that store.</exception>
    public static async Task<int> ReadAsync(
        Stream stream, Func<ModelSpec, Task> create, Func<ImmutableArray<MaskImport>, Task> import, CancellationToken cancellationToken,
        Action<long>? seen = null)
    {
        try
        {
            SafetensorsReader reader = await SafetensorsReader.OpenAsync(stream, cancellationToken, seen);
            ModelSpec spec = ExportMetadata.Spec(reader.Metadata);
            await create(spec);
            FixedNetwork network = new(Plans.Parse(spec.Plan), spec.Seed, spec.WeightsVersion);
            IReadOnlyList<int> tasks = ExportMetadata.Tasks(reader.Metadata);
            Task storing = Task.CompletedTask;
            try
            {
                int atOnce = Math.Clamp(IImportGrain.ManyBytes / MaskFile.Size(network.Shape), 1, IImportGrain.MostMasks);
                foreach (int[] some in tasks.Chunk(atOnce))
                {
                    List<MaskImport> masks = [];
                    foreach (int task in some)
                    {
                        byte[] mask = MaskFile.Write(network, await ModelExport.ReadMaskAsync(reader, network, task, cancellationToken));
                        masks.Add(new(task, mask, ExportMetadata.Details(reader.Metadata, task, spec.InputFormat is not null)));
                    }

                    await storing;
                    storing = import([.. masks]);
                }
            }
            finally
            {
                await storing;
            }

            return tasks.Count;
        }
        catch (Exception e) when (e is InvalidDataException or ArgumentException)
        {
            throw new SupSupException(SupSupError.InvalidRequest,
                $"the file cannot be imported: {e.Message}; use a file that `supsup models export` wrote");
        }
    }
}
