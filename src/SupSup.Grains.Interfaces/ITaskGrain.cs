using System.Collections.Immutable;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Interfaces;

/// <summary>
/// One per task, keyed `model/taskIndex`: owns the task's mask and its metadata. A mask never changes once it is trained: one that takes
/// its place is another version. It is the authority for the mask; shards hold copies.
/// </summary>
[GrainInterfaceType("supsup.task"), Alias("supsup.task")]
public interface ITaskGrain : IGrainWithStringKey
{
    /// <summary>
    /// Starts training and returns at once; <see cref="WatchAsync"/> tells how it goes. Idempotent: the same order on a
    /// task that is being trained or is trained does nothing. An order without data opens a stream: batches are then
    /// submitted by <see cref="SubmitAsync"/>. Training that a crash or a restart cut off goes on from its last checkpoint.
    /// </summary>
    /// <param name="order">Data and recipe.</param>
    /// <param name="cancellationToken">Ends the wait for the start.</param>
    /// <returns>Where the task stands.</returns>
    /// <exception cref="SupSupException">NotFound: no such model, or the task was removed. InvalidRequest: the order is invalid. Conflict:
    /// the task has another order already.</exception>
    [Alias("train")]
    Task<TrainingProgress> TrainAsync(TrainingOrder order, CancellationToken cancellationToken);

    /// <summary>
    /// Trains on one batch of an open stream. The batch expected next is trained; one a little ahead waits for its turn,
    /// up to a few seconds and a few batches per stream; anything else changes nothing and is answered at once. The answer
    /// says which batch is wanted, so repeating, reordering and having several under way are harmless. The last batch of
    /// the recipe completes the task.
    /// </summary>
    /// <param name="number">Number of the batch, from 0.</param>
    /// <param name="batch">The examples.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Where the stream stands; the batch was trained, now or before, where its number is below
    /// <see cref="StreamPosition.Trained"/>.</returns>
    /// <exception cref="SupSupException">NotFound: no stream is open. InvalidRequest: sizes or labels.
    /// Unavailable: the store failed; submit again.</exception>
    [Alias("submit")]
    Task<StreamPosition> SubmitAsync(int number, LabelledBatch batch, CancellationToken cancellationToken);

    /// <summary>Makes durable what a stream has trained, and the mask where all of it is trained. Harmless on a trained task.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Where the stream stands; all that is trained is durable.</returns>
    /// <exception cref="SupSupException">NotFound: no stream is open. Unavailable: the store failed; what was
    /// durable before still is.</exception>
    [Alias("flush")]
    Task<StreamPosition> FlushAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Completes an open stream with what it has trained, though its recipe asks for more: the mask is stored as it is and
    /// the task is learned. Harmless on a trained task.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">NotFound: no stream is open. InvalidRequest: no batch was trained
    /// yet. Unavailable: the store failed; ask again.</exception>
    [Alias("finish")]
    Task<StreamPosition> FinishAsync(CancellationToken cancellationToken);

    /// <summary>Streams the task's training until it is final; at once final when nothing is being trained.</summary>
    /// <param name="cancellationToken">Ends the stream; training goes on.</param>
    [Alias("watch")]
    IAsyncEnumerable<TrainingProgress> WatchAsync(CancellationToken cancellationToken);

    /// <summary>Stops training, if any, and forgets how far it came; the task is untrained afterwards, unless
    /// its mask was already being stored.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    [Alias("cancel")]
    Task CancelTrainingAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Deletes all that is stored of the task, and stops its training. Called by the coordinator once the task is out of the
    /// directory; <see cref="ICoordinatorGrain.RemoveTaskAsync"/> is what removes a task. Repeating it is harmless.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">Unavailable: the store failed.</exception>
    [Alias("delete")]
    Task DeleteAsync(CancellationToken cancellationToken);

    /// <summary>Takes another name. Called by the coordinator, which keeps the names; repeating it is harmless.</summary>
    /// <param name="name">The name.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">Unavailable: the store failed; ask again.</exception>
    [Alias("rename")]
    Task RenameAsync(string name, CancellationToken cancellationToken);

    /// <summary>The task's metadata, or null when it is not trained.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    [Alias("describe")]
    Task<TaskSummary?> DescribeAsync(CancellationToken cancellationToken);

    /// <summary>The versions that can be asked: the one in force, and the one before it while it is kept, the latest first.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">NotFound: the task is not learned.</exception>
    [Alias("versions")]
    Task<ImmutableArray<TaskVersion>> ListVersionsAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Has an earlier version's mask in force again, under a new version; the one that it takes the place of is kept in turn. Durable, and
    /// known to the model, when it returns; repeating it is harmless.
    /// </summary>
    /// <param name="version">The version.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The task from now on.</returns>
    /// <exception cref="SupSupException">NotFound: the task is not learned, or the version is not kept. Conflict: the task is being
    /// trained. Damaged: the version's mask is missing or damaged. Unavailable: the store failed; ask again.</exception>
    [Alias("roll-back")]
    Task<TaskSummary> RollBackAsync(int version, CancellationToken cancellationToken);

    /// <summary>Compares two versions: their masks, and how they do on the same test data.</summary>
    /// <param name="one">The one version.</param>
    /// <param name="other">The other.</param>
    /// <param name="data">The data; null takes what the version in force was trained on.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">NotFound: a version is not kept. InvalidRequest: the data that are named do not fit.</exception>
    [Alias("compare")]
    Task<VersionComparison> CompareAsync(int one, int other, TaskData? data, CancellationToken cancellationToken);

    /// <summary>The losses of the training that made the mask, thinned to a few points; empty where they are not known.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">NotFound: the task is not learned.</exception>
    [Alias("curve")]
    Task<LossPoint[]> GetCurveAsync(CancellationToken cancellationToken);

    /// <summary>The packed mask, as a file of the oldest version that holds masks of its network: the first, but where it normalises.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">NotFound: not trained. Damaged: the stored mask is missing or damaged.</exception>
    [Alias("mask")]
    Task<PackedMaskBlob> GetMaskAsync(CancellationToken cancellationToken);

    /// <summary>The packed mask.</summary>
    /// <param name="version">The file's version: 1, or 2, which is shorter and holds masks of every network.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">NotFound: not trained. Damaged: the stored mask is missing or damaged. InvalidRequest: the version
    /// is unknown, or does not hold masks of the network.</exception>
    [Alias("mask-version")]
    Task<PackedMaskBlob> GetMaskAsync(int version, CancellationToken cancellationToken);

    /// <summary>Runs this task's mask on inputs.</summary>
    /// <param name="inputs">Inputs [rows, inputs], at least one row.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">NotFound: not trained. InvalidRequest: sizes.</exception>
    [Alias("predict")]
    Task<TaskPredictions> PredictAsync(InputBatch inputs, CancellationToken cancellationToken);

    /// <summary>Runs the mask of a version on inputs.</summary>
    /// <param name="inputs">Inputs [rows, inputs], at least one row.</param>
    /// <param name="version">The version.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">NotFound: the version is not kept. InvalidRequest: sizes.</exception>
    [Alias("predict-version")]
    Task<TaskPredictions> PredictAsync(InputBatch inputs, int version, CancellationToken cancellationToken);

    /// <summary>The probability of each class by this task's mask: softmax over its real classes.</summary>
    /// <param name="inputs">Inputs [rows, inputs], at least one row.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>[rows, classes], rows after one another; each sums to 1.</returns>
    /// <exception cref="SupSupException">NotFound: not trained. InvalidRequest: sizes.</exception>
    [Alias("probabilities")]
    Task<float[]> ProbabilitiesAsync(InputBatch inputs, CancellationToken cancellationToken);

    /// <summary>Runs this task's mask on inputs as it stands: the learned one, or that of an open stream
    /// after the batches it has had.</summary>
    /// <param name="inputs">Inputs [rows, inputs], at least one row.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">NotFound: neither trained nor a stream. InvalidRequest: sizes.</exception>
    [Alias("predict-so-far")]
    Task<TaskPredictions> PredictSoFarAsync(InputBatch inputs, CancellationToken cancellationToken);

    /// <summary>Accuracy on the test part of data that the silo can make, the task being given.</summary>
    /// <param name="data">The data; null takes what the task was trained on.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">NotFound: not trained. InvalidRequest: the data do not fit the
    /// network. Unavailable: the dataset cannot be read.</exception>
    [Alias("evaluate")]
    Task<Evaluation> EvaluateAsync(TaskData? data, CancellationToken cancellationToken);

    /// <summary>Accuracy of a version on the test part of data that the silo can make, the task being given.</summary>
    /// <param name="data">The data; null takes what the version was trained on.</param>
    /// <param name="version">The version.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">NotFound: the version is not kept. Others as of the version in force.</exception>
    [Alias("evaluate-version")]
    Task<Evaluation> EvaluateAsync(TaskData? data, int version, CancellationToken cancellationToken);

    /// <summary>Imports a mask that was trained elsewhere. Idempotent; durable, and known to the model, when it returns.</summary>
    /// <param name="file">A packed mask file of the model's network.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">NotFound: no such model. Damaged: the file is damaged or of another network. Conflict: the task
    /// has another mask, or is being trained.</exception>
    [Alias("import")]
    Task<TaskSummary> ImportAsync(byte[] file, CancellationToken cancellationToken);

    /// <summary>As <see cref="ImportAsync(byte[], CancellationToken)"/>, with what is to be known of the data that the mask was trained
    /// on.</summary>
    /// <param name="file">A packed mask file of the model's network.</param>
    /// <param name="details">Normalisation, classes and names.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">Besides, InvalidRequest: the details do not fit the network. Conflict: the task has the mask with
    /// other details.</exception>
    [Alias("import-described")]
    Task<TaskSummary> ImportAsync(byte[] file, TaskDetails details, CancellationToken cancellationToken);
}
