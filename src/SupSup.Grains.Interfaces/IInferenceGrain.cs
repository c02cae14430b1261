using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Interfaces;

/// <summary>
/// The data path of inference, keyed by the model's name, with a replica on every silo that is asked: a client's call is
/// answered on the silo of its gateway, so that no single grain caps the throughput. Each answer is computed over one set
/// of tasks, which includes every task that was acknowledged before the question came, unless the coordinator cannot be asked: then every
/// task that the silo knew when it last could.
/// </summary>
[GrainInterfaceType("supsup.inference"), Alias("supsup.inference")]
public interface IInferenceGrain : IGrainWithStringKey
{
    /// <summary>
    /// Infers task and class of each input (one-shot over the superposition, then the shortlist is run). Requests that
    /// arrive together share one pass. Tasks whose masks cannot be read are left out; see <see cref="Prediction.LeftOut"/>.
    /// </summary>
    /// <param name="inputs">Inputs [rows, inputs], at least one row.</param>
    /// <param name="options">How to infer.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>One prediction per row.</returns>
    /// <exception cref="SupSupException">NotFound: no such model or candidate. InvalidRequest: sizes or options. Damaged: a candidate's
    /// mask, or every mask, cannot be read. Unavailable: ask again.</exception>
    [Alias("infer")]
    Task<Prediction[]> InferAsync(InputBatch inputs, InferenceOptions options, CancellationToken cancellationToken);

    /// <summary>Classifies inputs whose tasks are known, each row by a task of its own.</summary>
    /// <param name="inputs">Inputs [rows, inputs], at least one row.</param>
    /// <param name="tasks">Task index of each row.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Class and entropy of each row.</returns>
    /// <exception cref="SupSupException">NotFound: no such model, or a task is not learned. InvalidRequest: sizes. Damaged: a mask cannot
    /// be read. Unavailable: ask again.</exception>
    [Alias("predict")]
    Task<TaskPredictions> PredictAsync(InputBatch inputs, int[] tasks, CancellationToken cancellationToken);

    /// <summary>Has the replica make its superposition before it is asked: silos that hold masks of a model call it on
    /// themselves.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">As <see cref="InferAsync"/>.</exception>
    [Alias("ready")]
    Task ReadyAsync(CancellationToken cancellationToken);
}
