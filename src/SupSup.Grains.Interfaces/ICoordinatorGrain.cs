using System.Collections.Immutable;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Interfaces;

/// <summary>
/// One per model, keyed by the model's name: holds its definition and the directory of learned tasks. It is what
/// every other grain of the model goes by, and does no arithmetic: inputs are answered by <see cref="IInferenceGrain"/>.
/// </summary>
[GrainInterfaceType("supsup.coordinator"), Alias("supsup.coordinator")]
public interface ICoordinatorGrain : IGrainWithStringKey
{
    /// <summary>
    /// Creates the model, or confirms that it exists with the same definition. Durable when it returns. It is then in the
    /// catalogue too, unless the catalogue's store fails or takes longer than two seconds: the model exists all the same, and
    /// is entered when this is repeated or when the coordinator is next activated.
    /// </summary>
    /// <param name="spec">The definition.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">Conflict: the name is taken by another definition. InvalidRequest:
    /// the name or the definition cannot be used.</exception>
    [Alias("create")]
    Task CreateAsync(ModelSpec spec, CancellationToken cancellationToken);

    /// <summary>The model's definition.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">NotFound: there is no such model.</exception>
    [Alias("spec")]
    Task<ModelSpec> GetSpecAsync(CancellationToken cancellationToken);

    /// <summary>The model and its learned tasks.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">NotFound: there is no such model.</exception>
    [Alias("describe")]
    Task<ModelDescription> DescribeAsync(CancellationToken cancellationToken);

    /// <summary>Some of the learned tasks, in the order in which they were acknowledged; costs what it returns, not what there is.
    /// </summary>
    /// <param name="offset">How many to pass over.</param>
    /// <param name="count">How many to return at most; 0 to learn how many there are.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">NotFound: there is no such model.</exception>
    [Alias("list-tasks")]
    Task<TaskList> ListTasksAsync(int offset, int count, CancellationToken cancellationToken);

    /// <summary>Hands out a task index that was never handed out or learned before. Durable when it returns.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">NotFound: there is no such model.</exception>
    [Alias("allocate")]
    Task<int> AllocateTaskAsync(CancellationToken cancellationToken);

    /// <summary>The index of the task of a name: of the learned task that is called so or, where there is none, one that is handed out for
    /// the name, and again for the same name until that task is learned. Durable when it returns; repeating it is harmless.</summary>
    /// <param name="name">What people call the task.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">NotFound: there is no such model. InvalidRequest: the name cannot be used. Conflict: several tasks
    /// have it.</exception>
    [Alias("allocate-named")]
    Task<int> AllocateTaskAsync(string name, CancellationToken cancellationToken);

    /// <summary>As <see cref="AllocateTaskAsync(string, CancellationToken)"/>, for one of several who share the model: a thousand of the
    /// names that are theirs may wait for their tasks, so that some are left for the others.</summary>
    /// <param name="name">What people call the task.</param>
    /// <param name="among">Patterns of names, in which * stands for any characters and ? for one.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    [Alias("allocate-named-among")]
    Task<int> AllocateTaskAsync(string name, ImmutableArray<string> among, CancellationToken cancellationToken);

    /// <summary>
    /// Takes a task whose mask is durable into the directory. Called by task grains; repeating it is harmless. When it
    /// returns the entry is durable, and every inference that starts afterwards includes the task.
    /// </summary>
    /// <param name="summary">The task.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">Conflict: another mask is known as this version. NotFound: the task was removed.</exception>
    [Alias("register")]
    Task RegisterTaskAsync(TaskSummary summary, CancellationToken cancellationToken);

    /// <summary>
    /// Removes a learned task: first from the directory, so that every inference that starts afterwards is without it, then
    /// its records. Its index is never used again. Repeating it is harmless, and deletes what a crash left behind. A name that
    /// waits for its task to be learned is given back.
    /// </summary>
    /// <param name="task">Task index.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">NotFound: no such model, or the task is not learned. Unavailable:
    /// the store failed; ask again.</exception>
    [Alias("remove")]
    Task RemoveTaskAsync(int task, CancellationToken cancellationToken);

    /// <summary>Gives a learned task another name; it is found by those before too. Durable when it returns; repeating it is
    /// harmless.</summary>
    /// <param name="task">Task index.</param>
    /// <param name="name">The new name.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">NotFound: no such model, or the task is not learned. InvalidRequest: the name cannot be used.
    /// Conflict: another task is called so.</exception>
    [Alias("rename-task")]
    Task RenameTaskAsync(int task, string name, CancellationToken cancellationToken);

    /// <summary>
    /// Deletes the model: its tasks, data and streams, and then itself. From the first write on there is no such model for anyone. What a
    /// crash or a failure of the store interrupts goes on when this is repeated, or the coordinator is next activated. The name can be
    /// used for another model afterwards.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">NotFound: there never was such a model. Unavailable: it is not done yet; it goes on.</exception>
    [Alias("delete-model")]
    Task DeleteAsync(CancellationToken cancellationToken);

    /// <summary>Whether a task was removed, so that its index is not used again. Called by task grains.</summary>
    /// <param name="task">Task index.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">Unavailable: it is being imported.</exception>
    [Alias("is-removed")]
    Task<bool> IsRemovedAsync(int task, CancellationToken cancellationToken);

    /// <summary>Notes how many bytes of data are kept for a task, learned or not. Called by the grain that keeps them, before it does;
    /// repeating it is harmless.</summary>
    /// <param name="task">Task index.</param>
    /// <param name="bytes">In all; 0 for none.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">NotFound: no such model, or the task was removed. Conflict: the model's tasks would have more than
    /// they may.</exception>
    [Alias("reserve-data")]
    Task ReserveDataAsync(int task, long bytes, CancellationToken cancellationToken);

    /// <summary>Notes that the model has a stream, so that it is deleted with it. Called by the stream before it stores anything; repeating
    /// it is harmless. Durable when it returns.</summary>
    /// <param name="stream">The stream's name.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">NotFound: there is no such model.</exception>
    [Alias("enter-stream")]
    Task EnterStreamAsync(string stream, CancellationToken cancellationToken);

    /// <summary>Says that masks of tasks are about to be stored by an import of many, so that no one else stores others meanwhile. In
    /// memory only, and for a minute at most.</summary>
    /// <param name="import">The import, by a number of its own.</param>
    /// <param name="tasks">Task indices.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Those of the tasks that are learned, which are not reserved.</returns>
    /// <exception cref="SupSupException">NotFound: there is no such model, or a task was removed. Unavailable: another import has a task.
    /// </exception>
    [Alias("begin-import")]
    Task<int[]> BeginImportAsync(Guid import, int[] tasks, CancellationToken cancellationToken);

    /// <summary>Enters what an import has stored in the directory, as <see cref="RegisterTaskAsync"/> does; its other tasks are free again.
    /// All are checked before one is entered. Durable when it returns; repeating it is harmless.</summary>
    /// <param name="import">The import.</param>
    /// <param name="summaries">Their durable metadata, no two of one task; none where it failed.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">As <see cref="RegisterTaskAsync"/>.</exception>
    [Alias("end-import")]
    Task EndImportAsync(Guid import, ImmutableArray<TaskSummary> summaries, CancellationToken cancellationToken);

    /// <summary>What became of the directory since a revision, for those who keep a copy of it; durable entries only.</summary>
    /// <param name="revision">The revision that the caller has; negative for none.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The changes, or null when there are none.</returns>
    /// <exception cref="SupSupException">NotFound: there is no such model.</exception>
    [Alias("changes")]
    Task<DirectoryChanges?> GetChangesAsync(long revision, CancellationToken cancellationToken);

    /// <summary>How the inputs of all tasks are normalised, for those who infer from pixels; durable tasks only.</summary>
    /// <param name="revision">The revision of the answer that the caller has; negative for none.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The normalisation, or null where the caller's answer still holds.</returns>
    /// <exception cref="SupSupException">NotFound: there is no such model.</exception>
    [Alias("normalization")]
    Task<ModelNormalization?> GetNormalizationAsync(long revision, CancellationToken cancellationToken);

    /// <summary>What people call tasks and their classes; durable tasks only.</summary>
    /// <param name="tasks">Task indices.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The names of each; null where it has none, or is not learned.</returns>
    /// <exception cref="SupSupException">NotFound: there is no such model.</exception>
    [Alias("names")]
    Task<TaskNames?[]> GetNamesAsync(int[] tasks, CancellationToken cancellationToken);

    /// <summary>What people call a task: the name of a learned one, or else the one that its index was handed out for.</summary>
    /// <param name="task">Task index.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Null where it has none, or no one was handed the index out for a name.</returns>
    /// <exception cref="SupSupException">NotFound: there is no such model.</exception>
    [Alias("called")]
    Task<string?> CalledAsync(int task, CancellationToken cancellationToken);

    /// <summary>Where masks are, and how many of them in memory; nothing is read, and those that cannot be are named where that was found
    /// before.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">NotFound: there is no such model.</exception>
    [Alias("shards")]
    Task<ModelHealth> ShowShardsAsync(CancellationToken cancellationToken);

    /// <summary>Has every shard read the masks that it lacks, reads every record of the model anew, and reports where masks are and which
    /// of them and of the other records cannot be read.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">NotFound: there is no such model. Unavailable: the store does not answer.</exception>
    [Alias("health")]
    Task<ModelHealth> CheckHealthAsync(CancellationToken cancellationToken);
}
