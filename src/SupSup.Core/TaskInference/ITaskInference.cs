using SupSup.Core.Naming;

namespace SupSup.Core.TaskInference;

/// <summary>
/// Infers the task of inputs that come without it. A new algorithm is a new file and an entry in
/// <see cref="TaskInferences"/>. Thread-safe.
/// </summary>
public interface ITaskInference : INamed
{
    /// <summary>One line on what it does.</summary>
    string Description { get; }

    /// <summary>Queries that are worth bringing together in one call.</summary>
    int QueriesAtOnce { get; }

    /// <summary>Infers the task of each query.</summary>
    /// <param name="tasks">The tasks learned.</param>
    /// <param name="inputs">Normalised images [queries · images per query, in].</param>
    /// <param name="settings">What to go by.</param>
    /// <exception cref="ArgumentException">The inputs are not so many rows, or the objective means nothing for the network.</exception>
    InferredTask[] Infer(Superposition tasks, ReadOnlySpan<float> inputs, InferenceSettings settings);
}
