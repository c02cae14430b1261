using System.Collections.Immutable;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Interfaces;

/// <summary>
/// Takes masks in that were trained elsewhere, many in a call, keyed by the model's name: on the silo that is asked, and without waking the
/// grain of each task. Silos of an earlier build have none.
/// </summary>
[GrainInterfaceType("supsup.import"), Alias("supsup.import")]
public interface IImportGrain : IGrainWithStringKey
{
    /// <summary>Masks that a call takes.</summary>
    const int MostMasks = 256;

    /// <summary>Bytes of files beyond which a call had better not go: others wait for it, on the wire and in memory.</summary>
    const int ManyBytes = 4 << 20;

    /// <summary>Imports masks. Idempotent; all of them are durable, and known to the model, when it returns. Where it fails some may be.
    /// </summary>
    /// <param name="masks">At most <see cref="MostMasks"/>, no two of one task.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What is known of each, in their order.</returns>
    /// <exception cref="SupSupException">NotFound: there is no such model, or a task was removed. InvalidRequest: too many, two of one
    /// task, or details that do not fit the model. Damaged: a file is damaged or of another network. Conflict: a task has another mask,
    /// or other details, or is being trained. Unavailable: the store failed; ask again. Each names the task.</exception>
    [Alias("import")]
    Task<ImmutableArray<TaskSummary>> ImportAsync([Immutable] ImmutableArray<MaskImport> masks, CancellationToken cancellationToken);
}
