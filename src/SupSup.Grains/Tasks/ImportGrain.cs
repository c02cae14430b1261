using System.Collections.Immutable;
using Orleans.Concurrency;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Models;
using SupSup.Grains.Storage;

namespace SupSup.Grains.Tasks;

/// <summary>Takes masks in on the silo that is asked. It has no state, so that each call is whole.</summary>
[GrainType("import"), StatelessWorker, Reentrant]
public sealed class ImportGrain : Grain, IImportGrain
{
    private readonly MaskImporter _importer;

    /// <summary>Created by Orleans.</summary>
    public ImportGrain(
        IGrainContext context, IGrainFactory grains, NetworkCatalog networks, GrainRecords records, MaskVersions versions,
        TimeProvider time) =>
        _importer = new MaskImporter(
            GrainKeys.CheckModel(context.GrainId.Key.ToString()!), grains, networks, records, versions, time);

    /// <inheritdoc/>
    public Task<ImmutableArray<TaskSummary>> ImportAsync(ImmutableArray<MaskImport> masks, CancellationToken cancellationToken) =>
        _importer.ImportAsync(masks, cancellationToken);
}
