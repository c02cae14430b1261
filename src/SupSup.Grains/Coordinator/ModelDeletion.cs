using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Coordinator;

/// <summary>Deletes what is stored of a model beside its definition and directory. It can be repeated: what is gone stays gone.</summary>
/// <param name="model">The model's name.</param>
/// <param name="grains">Reaches its grains.</param>
internal sealed class ModelDeletion(string model, IGrainFactory grains)
{
    private const int AtOnce = 16;

    // Indices that no one told the coordinator of: they were handed out, and what was begun with them left records perhaps.
    private const int MostUnknown = 100_000;

    /// <summary>Tasks that are deleted, of all that there were.</summary>
    public (int Done, int All) Progress { get; private set; }

    /// <summary>Deletes streams and tasks, and takes the model out of the catalogue.</summary>
    /// <param name="known">Tasks that are known to be there, or to have been.</param>
    /// <param name="handedOut">Indices below this were handed out.</param>
    /// <param name="streams">Streams that are known to be there.</param>
    /// <param name="reservoir">Whether its masks live in a reservoir.</param>
    /// <exception cref="SupSupException">Unavailable: the store failed.</exception>
    public async Task RunAsync(IEnumerable<int> known, int handedOut, IEnumerable<string> streams, bool reservoir)
    {
        // Streams first: they would begin other tasks. Trainings on indices of their callers' choice are on the board.
        CatalogEntry? entry = (await grains.Catalog().ListAsync(CancellationToken.None)).FirstOrDefault(entry => entry.Model == model);
        foreach (string stream in streams.Union(entry?.Streams ?? []))
            await grains.GetGrain<IStreamGrain>(GrainKeys.Stream(model, stream)).DeleteAsync(CancellationToken.None);
        IEnumerable<int> underWay = (await grains.GetGrain<ITrainingBoardGrain>(model).ListAsync(CancellationToken.None))
            .Select(report => report.Progress.Task);
        HashSet<int> tasks = [.. known, .. underWay];
        tasks.UnionWith(Enumerable.Range(0, handedOut).Where(task => !tasks.Contains(task)).Take(MostUnknown).ToArray());
        Progress = (0, tasks.Count);
        foreach (int[] some in tasks.Order().Chunk(AtOnce))
        {
            await Task.WhenAll(some.Select(task => grains.Task(model, task).DeleteAsync(CancellationToken.None)));
            Progress = (Progress.Done + some.Length, tasks.Count);
        }

        // By now no training stores a mask any more.
        if (reservoir) await grains.Reservoir(model).DeleteAsync(CancellationToken.None);
        await grains.Catalog().RemoveModelAsync(model, CancellationToken.None);
    }
}
