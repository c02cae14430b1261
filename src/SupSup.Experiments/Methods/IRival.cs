using SupSup.Core.Tasks;

namespace SupSup.Experiments.Methods;

/// <summary>
/// A method that SupSup is compared with: it learns tasks in sequence and is told the task at inference. A new rival is a
/// new file and an entry in the list of rivals. Not thread-safe, except where a member says so.
/// </summary>
public interface IRival : IDisposable
{
    /// <summary>
    /// Whether learning a task changes what earlier ones answer. Where it does not, tasks after the first
    /// <see cref="SequentialTasks"/> may be learned in any order and at the same time.
    /// </summary>
    bool Forgets { get; }

    /// <summary>How many tasks must be learned one after another before the others may be learned side by side; int.MaxValue where all must.</summary>
    int SequentialTasks { get; }

    /// <summary>Learns one task. Where tasks are independent, several threads may each learn one.</summary>
    /// <param name="task">Task index; tasks that depend on one another come in order.</param>
    /// <param name="data">Its data.</param>
    /// <param name="report">Called after every batch with batches done and the batch's mean loss in nats.</param>
    /// <param name="cancellationToken">Stops between batches; the task is then not learned.</param>
    /// <exception cref="ArgumentException">The data do not fit the network.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    void Learn(int task, ClassificationTask data, Action<int, float> report, CancellationToken cancellationToken);

    /// <summary>The class of each row, the task being given. Thread-safe while nothing is learned that it depends on.</summary>
    /// <param name="task">A learned task that was not released.</param>
    /// <param name="inputs">Normalised inputs [rows, in].</param>
    /// <param name="rows">Number of images.</param>
    /// <returns>A class per row.</returns>
    int[] Predict(int task, ReadOnlySpan<float> inputs, int rows);

    /// <summary>Forgets what only this task needs; it cannot predict any more. For methods whose tasks do not change once learned.</summary>
    /// <param name="task">A learned task.</param>
    void Release(int task);

    /// <summary>Bytes that must be kept to predict every one of some tasks, what they share included.</summary>
    /// <param name="tasks">Number of tasks.</param>
    long Bytes(int tasks);

    /// <summary>Writes what later tasks build on: shared weights, optimiser state; nothing that only learned tasks need.</summary>
    /// <param name="stream">Receives it.</param>
    void Save(Stream stream);

    /// <summary>Goes on from what <see cref="Save"/> wrote.</summary>
    /// <param name="stream">What was written.</param>
    /// <exception cref="InvalidDataException">It was written by another method or network, or is damaged.</exception>
    void Load(Stream stream);
}
