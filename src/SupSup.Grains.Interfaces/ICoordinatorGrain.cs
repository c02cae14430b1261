using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Interfaces;

/// <summary>
/// One per model, keyed by the model's name: holds its definition and the directory of learned tasks, and infers the
/// task of inputs that come without one. Heavy arithmetic is done by its silo's compute threads and by the shards.
/// </summary>
[GrainInterfaceType("supsup.coordinator"), Alias("supsup.coordinator")]
public interface ICoordinatorGrain : IGrainWithStringKey
{
    /// <summary>Creates the model, or confirms that it exists with the same definition. Durable when it returns.</summary>
    /// <param name="spec">The definition.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">Conflict: the name is taken by another definition. InvalidRequest: the name or the definition cannot be used.</exception>
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

    /// <summary>Hands out a task index that was never handed out or learned before. Durable when it returns.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">NotFound: there is no such model.</exception>
    [Alias("allocate")]
    Task<int> AllocateTaskAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Takes a task whose mask is durable into the directory. Called by task grains; repeating it is harmless. When it
    /// returns the entry is durable, and every inference that starts afterwards includes the task.
    /// </summary>
    /// <param name="summary">The task.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    [Alias("register")]
    Task RegisterTaskAsync(TaskSummary summary, CancellationToken cancellationToken);

    /// <summary>
    /// Infers task and class of each input (one-shot over the superposition, then the shortlist is run). Requests that
    /// arrive together share one pass.
    /// </summary>
    /// <param name="inputs">Inputs [rows, inputs], at least one row.</param>
    /// <param name="options">How to infer.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>One prediction per row.</returns>
    /// <exception cref="SupSupException">NotFound: no such model or candidate. InvalidRequest: sizes or options. Damaged: a mask cannot be read.</exception>
    [Alias("infer")]
    Task<Prediction[]> InferAsync(InputBatch inputs, InferenceOptions options, CancellationToken cancellationToken);

    /// <summary>Classifies inputs whose tasks are known, each row by a task of its own.</summary>
    /// <param name="inputs">Inputs [rows, inputs], at least one row.</param>
    /// <param name="tasks">Task index of each row.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Class and entropy of each row.</returns>
    /// <exception cref="SupSupException">NotFound: no such model, or a task is not learned. InvalidRequest: sizes. Damaged: a mask cannot be read.</exception>
    [Alias("predict")]
    Task<TaskPredictions> PredictAsync(InputBatch inputs, int[] tasks, CancellationToken cancellationToken);
}
