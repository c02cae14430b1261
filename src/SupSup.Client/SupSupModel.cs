using System.Collections.Immutable;
using SupSup.Client.Sending;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Client;

/// <summary>
/// One model: learn tasks, ask for tasks and classes. Every call is idempotent and is made again after faults that pass,
/// as <see cref="RetryOptions"/> say; when these are used up it fails with <see cref="SupSupError.Unavailable"/>. Thread-safe.
/// </summary>
public sealed class SupSupModel
{
    private readonly IGrainFactory _grains;
    private readonly Retrier _retrier;

    internal SupSupModel(IGrainFactory grains, Retrier retrier, string name)
    {
        _grains = grains;
        _retrier = retrier;
        Name = name;
    }

    /// <summary>The model's name.</summary>
    public string Name { get; }

    private ICoordinatorGrain Coordinator => _grains.Coordinator(Name);

    private IInferenceGrain Inference => _grains.GetGrain<IInferenceGrain>(Name);

    /// <summary>The model's definition and its learned tasks.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<ModelDescription> DescribeAsync(CancellationToken cancellationToken = default) =>
        _retrier.RunAsync($"describe model {Name}", Coordinator.DescribeAsync, cancellationToken);

    /// <summary>Some of the learned tasks, in the order in which they were acknowledged: of a model of very many, whose description would
    /// be large.</summary>
    /// <param name="offset">How many to pass over.</param>
    /// <param name="count">How many to return at most; 0 to learn how many there are.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<TaskList> ListTasksAsync(int offset, int count, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return _retrier.RunAsync(
            $"list tasks of model {Name}", token => Coordinator.ListTasksAsync(offset, count, token), cancellationToken);
    }

    /// <summary>Where the model's masks are, and which of them and of its other records cannot be read; reads every record from the store.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<ModelHealth> CheckHealthAsync(CancellationToken cancellationToken = default) =>
        _retrier.RunAsync($"check the health of model {Name}", Coordinator.CheckHealthAsync, cancellationToken);

    /// <summary>
    /// The model's trainings by task index, with their losses so far: those under way, and the latest that ended within the last
    /// five minutes. For looking on, about a second behind; <see cref="WatchAsync"/> follows one training and misses nothing.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<ImmutableArray<TrainingReport>> ListTrainingsAsync(CancellationToken cancellationToken = default) =>
        _retrier.RunAsync($"list trainings of model {Name}", _grains.GetGrain<ITrainingBoardGrain>(Name).ListAsync, cancellationToken);

    /// <summary>A task index that no one else gets. Where an answer was lost an index is left out.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<int> AllocateTaskAsync(CancellationToken cancellationToken = default) =>
        _retrier.RunAsync($"allocate a task of model {Name}", Coordinator.AllocateTaskAsync, cancellationToken);

    /// <summary>The index of the task of a name: of the learned task that is called so or, where there is none, one that is handed out for
    /// the name, and again for the same name until that task is learned.</summary>
    /// <param name="name">What people call the task.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">InvalidRequest: the name cannot be used. Conflict: several tasks have it.</exception>
    public Task<int> AllocateTaskAsync(string name, CancellationToken cancellationToken = default) => _retrier.RunAsync(
        $"allocate task '{name}' of model {Name}", token => Coordinator.AllocateTaskAsync(name, token), cancellationToken);

    /// <summary>
    /// Sends the data of a task as one file: an archive of pictures in a folder for each class, a table, or arrays. Any silo can train
    /// from them then, and they are kept until the task is deleted. They take the place of what was sent before.
    /// </summary>
    /// <param name="task">Task index.</param>
    /// <param name="data">The file's content, read to the end.</param>
    /// <param name="file">The file's name, whose ending tells what it is: .zip, .tar.gz, .csv, .parquet, .npz and so on.</param>
    /// <param name="cancellationToken">Ends the sending; nothing new is kept then.</param>
    /// <returns>Among others the name by which an order calls the data.</returns>
    /// <exception cref="SupSupException">NotFound: no such model, or the task was removed. InvalidRequest: the file is empty, too large or
    /// of an unknown kind. Conflict: the model has as many bytes of data as it may.</exception>
    public Task<SentData> SendDataAsync(int task, Stream data, string file, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        string ending = SentDataLimits.EndingOf(file);
        return new DataSender(_grains.TaskData(Name, task), $"{Name}/{task}", _retrier).SendAsync(data, ending, cancellationToken);
    }

    /// <summary>
    /// Orders training on data that the silo makes and streams its progress; the last element is final. Repeating an order
    /// is harmless. When the silo is lost the order is sent again, and training goes on from its last checkpoint.
    /// </summary>
    /// <param name="task">Task index.</param>
    /// <param name="order">Data and recipe.</param>
    /// <param name="cancellationToken">Ends the stream; training goes on.</param>
    /// <exception cref="SupSupException">The order is refused. Failures of training itself are in the last element.</exception>
    public IAsyncEnumerable<TrainingProgress> TrainAsync(int task, TrainingOrder order, CancellationToken cancellationToken = default) =>
        new TrainingWatch(Task(task), $"train task {Name}/{task}", _retrier).RunAsync(order, cancellationToken);

    /// <summary>Streams the progress of a training that was ordered elsewhere, until it is final; at once
    /// final when nothing is being trained.</summary>
    /// <param name="task">Task index.</param>
    /// <param name="cancellationToken">Ends the stream; training goes on.</param>
    public IAsyncEnumerable<TrainingProgress> WatchAsync(int task, CancellationToken cancellationToken = default) =>
        new TrainingWatch(Task(task), $"watch task {Name}/{task}", _retrier).RunAsync(null, cancellationToken);

    /// <summary>Trains a task on data that the silo makes, and waits until its mask is durable and the model knows it.</summary>
    /// <param name="task">Task index.</param>
    /// <param name="order">Data and recipe.</param>
    /// <param name="progress">Told how it goes, on the calling context.</param>
    /// <param name="cancellationToken">Ends the wait; training goes on.</param>
    /// <exception cref="SupSupException">The order is refused, or training failed.</exception>
    public async Task<TaskSummary> LearnAsync(
        int task, TrainingOrder order, Action<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        if (order.Data is null)
            throw new SupSupException(SupSupError.InvalidRequest, "the order names no data; name a dataset, or submit the batches");
        TrainingProgress? last = null;
        await foreach (TrainingProgress step in TrainAsync(task, order, cancellationToken))
        {
            last = step;
            progress?.Invoke(step);
            if (step.Error is { } error) throw error;
            if (step.Summary is { } summary) return summary;
        }

        throw last?.State == TrainingState.Cancelled
            ? new SupSupException(SupSupError.Conflict,
                $"training of task {Name}/{task} was cancelled by another caller; order it again if it should be learned")
            : new SupSupException(
                SupSupError.Unavailable,
                $"the silo that trained task {Name}/{task} was lost; order the task again, and training continues from its "
                    + "last checkpoint");
    }

    /// <summary>
    /// Trains a task on a stream of batches, and waits until its mask is durable. The first batch has number 0; each is read
    /// once and kept until it is durable, so faults cost nothing. Repeating the call with the same batches goes on where the
    /// task stands: those that are durable already are read and left out.
    /// </summary>
    /// <param name="task">Task index.</param>
    /// <param name="order">The recipe; its data must be null. The number of batches is the recipe's; what comes beyond is not read.</param>
    /// <param name="batches">The batches.</param>
    /// <param name="options">How many are under way; null takes the defaults.</param>
    /// <param name="progress">Told what is trained and what is durable, whenever it changes, one call at a time.</param>
    /// <param name="cancellationToken">Stops; the task can be gone on with later.</param>
    /// <exception cref="SupSupException">
    /// InvalidRequest: a batch or the order is refused, or the batches ended early; what came is durable then. Unavailable:
    /// the cluster or its store could not be reached for longer than <see cref="RetryOptions.RetryFor"/>.
    /// </exception>
    public Task<TaskSummary> LearnAsync(
        int task, TrainingOrder order, IAsyncEnumerable<LabelledBatch> batches, StreamOptions? options = null,
        Action<StreamPosition>? progress = null, CancellationToken cancellationToken = default)
    {
        IAsyncEnumerable<LabelledBatch>? unread = batches;
        return SendAsync(
            task, order, start => start == 0 ? Interlocked.Exchange(ref unread, null) : null, options, progress, cancellationToken);
    }

    /// <summary>
    /// Trains a task on a stream of batches that can be read from any number on, as after a restart of the client: reads begin
    /// with the batch after the last that is durable. Otherwise as the other form.
    /// </summary>
    /// <param name="task">Task index.</param>
    /// <param name="order">The recipe; its data must be null. The number of batches is the recipe's; what comes beyond is not read.</param>
    /// <param name="batchesFrom">Gives the batches from a number on; the same number must give the same batch.</param>
    /// <param name="options">How many are under way; null takes the defaults.</param>
    /// <param name="progress">Told what is trained and what is durable, whenever it changes, one call at a time.</param>
    /// <param name="cancellationToken">Stops; the task can be gone on with later.</param>
    /// <exception cref="SupSupException">As the other form.</exception>
    public Task<TaskSummary> LearnAsync(
        int task, TrainingOrder order, Func<int, IAsyncEnumerable<LabelledBatch>> batchesFrom, StreamOptions? options = null,
        Action<StreamPosition>? progress = null, CancellationToken cancellationToken = default) =>
        SendAsync(task, order, batchesFrom, options, progress, cancellationToken);

    /// <summary>
    /// Trains a task on batches of the caller's own that can be asked for by number, each when it is wanted. A number may be
    /// asked for again, and must then give the same batch.
    /// </summary>
    /// <param name="task">Task index.</param>
    /// <param name="order">The recipe; its data must be null. The number of batches is the recipe's.</param>
    /// <param name="batch">Gives a batch by its number, from 0.</param>
    /// <param name="progress">Told what is trained and what is durable, whenever it changes, one call at a time.</param>
    /// <param name="cancellationToken">Stops; the task can be gone on with later.</param>
    /// <exception cref="SupSupException">The order or a batch is refused, or the cluster could not be reached.</exception>
    public Task<TaskSummary> LearnAsync(
        int task, TrainingOrder order, Func<int, CancellationToken, ValueTask<LabelledBatch>> batch,
        Action<StreamPosition>? progress = null, CancellationToken cancellationToken = default) =>
        SendAsync(task, order, start => NumberedBatches.From(start, batch, cancellationToken), null, progress, cancellationToken);

    /// <summary>
    /// Makes durable what a stream of submitted batches has trained, and says where it stands: <see cref="StreamPosition.Trained"/>
    /// is the number of the batch expected next, and nothing before it will be wanted again.
    /// </summary>
    /// <param name="task">Task index.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">NotFound: the task was not ordered, or is trained on data that the silo makes.</exception>
    public Task<StreamPosition> GetPositionAsync(int task, CancellationToken cancellationToken = default) =>
        _retrier.RunAsync($"position of task {Name}/{task}", Task(task).FlushAsync, cancellationToken);

    /// <summary>Opens a stream of batches that do not say which task they are of, or goes on with it.</summary>
    /// <param name="name">Its name within the model: 1 to 100 letters, digits, '.', '_' or '-'.</param>
    /// <param name="spec">How it is learned; null takes the defaults.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">NotFound: no such model. InvalidRequest: name or definition cannot
    /// be used. Conflict: the stream has another definition.</exception>
    public Task<SupSupStream> OpenStreamAsync(string name, StreamSpec? spec = null, CancellationToken cancellationToken = default)
    {
        string key = GrainKeys.Stream(Name, name);
        return SupSupStream.OpenAsync(_grains.GetGrain<IStreamGrain>(key), _retrier, key, spec ?? new StreamSpec(), cancellationToken);
    }

    /// <summary>Stops the training of a task; it is untrained afterwards.</summary>
    /// <param name="task">Task index.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task CancelTrainingAsync(int task, CancellationToken cancellationToken = default) =>
        _retrier.RunAsync($"cancel task {Name}/{task}", Task(task).CancelTrainingAsync, cancellationToken);

    /// <summary>
    /// Removes a learned task and all that is stored of it. When it returns no inference knows it any more; the other tasks
    /// are as they were, and its index is never used again. Repeating it is harmless.
    /// </summary>
    /// <param name="task">Task index.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">NotFound: the task is not learned.</exception>
    public Task DeleteTaskAsync(int task, CancellationToken cancellationToken = default) =>
        _retrier.RunAsync($"delete task {Name}/{task}", token => Coordinator.RemoveTaskAsync(task, token), cancellationToken);

    /// <summary>Gives a learned task another name; it is found by those before too. Repeating it is harmless.</summary>
    /// <param name="task">Task index.</param>
    /// <param name="name">The new name.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">NotFound: the task is not learned. InvalidRequest: the name cannot be used. Conflict: another task
    /// has it.</exception>
    public Task RenameTaskAsync(int task, string name, CancellationToken cancellationToken = default) =>
        _retrier.RunAsync($"rename task {Name}/{task}", token => Coordinator.RenameTaskAsync(task, name, token), cancellationToken);

    /// <summary>Infers task and class of inputs whose task is not known.</summary>
    /// <param name="inputs">Inputs [rows, inputs].</param>
    /// <param name="options">How to infer; null takes the defaults.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<Prediction[]> InferAsync(
        InputBatch inputs, InferenceOptions? options = null, CancellationToken cancellationToken = default) =>
            _retrier.RunAsync($"infer on model {Name}", token => InferOnceAsync(inputs, options, token), cancellationToken);

    /// <summary>
    /// Finds the lead up to which an input counts as of no task that was learned, so that few of the known ones do: from one
    /// half of the samples, every other row; on the other half its false-alarm rate is measured.
    /// </summary>
    /// <param name="samples">Inputs of tasks that were learned, in any order; 2 / <paramref name="falseAlarmRate"/> or more.</param>
    /// <param name="falseAlarmRate">Share of inputs of known tasks that may count as unknown.</param>
    /// <param name="options">How is inferred later, since the lead depends on it; null takes the defaults.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">InvalidRequest: rate or number of samples, or the model has fewer
    /// than 8 tasks, of which the lead says nothing.</exception>
    public async Task<UnknownThreshold> CalibrateUnknownAsync(
        InputBatch samples, double falseAlarmRate = 0.01, InferenceOptions? options = null, CancellationToken cancellationToken = default)
    {
        UnknownCalibration.Check(samples, falseAlarmRate);
        int width = samples.Values.Length / samples.Rows;
        InferenceOptions asked = (options ?? new InferenceOptions()) with { UnknownUpTo = 0 }; // the silo refuses where leads say nothing
        List<double> leads = [];
        foreach (float[] rows in samples.Values.Chunk(UnknownCalibration.RowsAtOnce * width))
            leads.AddRange((await InferAsync(new InputBatch { Rows = rows.Length / width, Values = rows }, asked, cancellationToken))
                .Select(prediction => prediction.Lead));
        return UnknownCalibration.Threshold([.. leads], falseAlarmRate);
    }

    /// <summary>Classifies inputs whose task is known.</summary>
    /// <param name="task">Task index.</param>
    /// <param name="inputs">Inputs [rows, inputs].</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<TaskPredictions> PredictAsync(int task, InputBatch inputs, CancellationToken cancellationToken = default) =>
        _retrier.RunAsync($"predict with task {Name}/{task}", token => Task(task).PredictAsync(inputs, token), cancellationToken);

    /// <summary>Classifies inputs whose tasks are known, each row by a task of its own.</summary>
    /// <param name="tasks">Task index of each row.</param>
    /// <param name="inputs">Inputs [rows, inputs].</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<TaskPredictions> PredictAsync(int[] tasks, InputBatch inputs, CancellationToken cancellationToken = default) =>
        _retrier.RunAsync($"predict on model {Name}", token => PredictOnceAsync(tasks, inputs, token), cancellationToken);

    /// <summary>Accuracy of a task on the test part of its data, the task being given.</summary>
    /// <param name="task">Task index.</param>
    /// <param name="data">The data; null takes what it was trained on.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<Evaluation> EvaluateAsync(int task, TaskData? data = null, CancellationToken cancellationToken = default) =>
        _retrier.RunAsync($"evaluate task {Name}/{task}", token => Task(task).EvaluateAsync(data, token), cancellationToken);

    /// <summary>The versions of a task that can be asked: the one in force, and the one before it while it is kept.</summary>
    /// <param name="task">Task index.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">NotFound: the task is not learned.</exception>
    public Task<ImmutableArray<TaskVersion>> ListVersionsAsync(int task, CancellationToken cancellationToken = default) =>
        _retrier.RunAsync($"list versions of task {Name}/{task}", Task(task).ListVersionsAsync, cancellationToken);

    /// <summary>Has an earlier version's mask in force again, under a new version; what it takes the place of is kept in turn. Repeating it
    /// is harmless.</summary>
    /// <param name="task">Task index.</param>
    /// <param name="version">The version.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The task from now on.</returns>
    /// <exception cref="SupSupException">NotFound: the version is not kept. Conflict: the task is being trained.</exception>
    public Task<TaskSummary> RollBackAsync(int task, int version, CancellationToken cancellationToken = default) =>
        _retrier.RunAsync($"roll task {Name}/{task} back", token => Task(task).RollBackAsync(version, token), cancellationToken);

    /// <summary>Compares two versions of a task: their masks, and how they do on the same test data.</summary>
    /// <param name="task">Task index.</param>
    /// <param name="one">The one version.</param>
    /// <param name="other">The other.</param>
    /// <param name="data">The data; null takes what the version in force was trained on.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">NotFound: a version is not kept.</exception>
    public Task<VersionComparison> CompareVersionsAsync(
        int task, int one, int other, TaskData? data = null, CancellationToken cancellationToken = default) => _retrier.RunAsync(
            $"compare versions of task {Name}/{task}", token => Task(task).CompareAsync(one, other, data, token), cancellationToken);

    /// <summary>Classifies inputs by a version of a task.</summary>
    /// <param name="task">Task index.</param>
    /// <param name="version">The version.</param>
    /// <param name="inputs">Inputs [rows, inputs].</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">NotFound: the version is not kept.</exception>
    public Task<TaskPredictions> PredictVersionAsync(
        int task, int version, InputBatch inputs, CancellationToken cancellationToken = default) => _retrier.RunAsync(
            $"predict with version {version} of task {Name}/{task}", token => Task(task).PredictAsync(inputs, version, token),
            cancellationToken);

    /// <summary>Accuracy of a version of a task on the test part of its data, the task being given.</summary>
    /// <param name="task">Task index.</param>
    /// <param name="version">The version.</param>
    /// <param name="data">The data; null takes what the version was trained on.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">NotFound: the version is not kept.</exception>
    public Task<Evaluation> EvaluateVersionAsync(
        int task, int version, TaskData? data = null, CancellationToken cancellationToken = default) => _retrier.RunAsync(
            $"evaluate version {version} of task {Name}/{task}", token => Task(task).EvaluateAsync(data, version, token),
            cancellationToken);

    /// <summary>The packed mask of a task, as a file of version 1, which every release reads; of version 2 where the network normalises,
    /// whose statistics version 1 has no room for.</summary>
    /// <param name="task">Task index.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<PackedMaskBlob> GetMaskAsync(int task, CancellationToken cancellationToken = default) =>
        _retrier.RunAsync($"mask of task {Name}/{task}", Task(task).GetMaskAsync, cancellationToken);

    /// <summary>The packed mask of a task.</summary>
    /// <param name="task">Task index.</param>
    /// <param name="version">The file's version: 1, or 2, which is shorter, and holds the statistics of networks that normalise.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<PackedMaskBlob> GetMaskAsync(int task, int version, CancellationToken cancellationToken = default) =>
        _retrier.RunAsync($"mask of task {Name}/{task}", token => Task(task).GetMaskAsync(version, token), cancellationToken);

    /// <summary>Imports a mask that was trained elsewhere, as a packed mask file of the same network; durable when it returns.</summary>
    /// <param name="task">Task index that has no mask yet, or has the same one.</param>
    /// <param name="file">The file, of version 1 or 2, as <see cref="GetMaskAsync(int, int, CancellationToken)"/> gives it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<TaskSummary> ImportAsync(int task, byte[] file, CancellationToken cancellationToken = default) =>
        _retrier.RunAsync($"import task {Name}/{task}", token => Task(task).ImportAsync(file, token), cancellationToken);

    /// <summary>Imports a mask, and tells of the data that it was trained on: how inputs are normalised, so that grey levels can be sent to
    /// the model, how many classes there are, and what people call them.</summary>
    /// <param name="task">Task index that has no mask yet, or has the same one with the same details.</param>
    /// <param name="file">The file, of version 1 or 2, as <see cref="GetMaskAsync(int, int, CancellationToken)"/> gives it.</param>
    /// <param name="details">What is to be known of the data.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<TaskSummary> ImportAsync(int task, byte[] file, TaskDetails details, CancellationToken cancellationToken = default) =>
        _retrier.RunAsync($"import task {Name}/{task}", token => Task(task).ImportAsync(file, details, token), cancellationToken);

    /// <summary>Imports many masks that were trained elsewhere, some hundreds in a call: several times as fast as one by one. Durable, and
    /// known to the model, when it returns; where it fails some are, and repeating it goes on.</summary>
    /// <param name="masks">The masks, drawn as they are needed; no two of one task.</param>
    /// <param name="progress">Told how many are stored so far, from any thread.</param>
    /// <param name="cancellationToken">Stops; what is stored stays.</param>
    /// <returns>How many masks there were.</returns>
    /// <exception cref="SupSupException">As <see cref="IImportGrain.ImportAsync"/>.</exception>
    public Task<int> ImportAsync(IEnumerable<MaskImport> masks, Action<int>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(masks);
        return new MaskSender(
            (some, stop) => _retrier.RunAsync(
                $"import {some.Length} tasks of model {Name}", token => _grains.Import(Name).ImportAsync(some, token), stop),
            progress).SendAsync(masks, cancellationToken);
    }

    private Task<Prediction[]> InferOnceAsync(InputBatch inputs, InferenceOptions? options, CancellationToken cancellationToken) =>
        Inference.InferAsync(inputs, options ?? new InferenceOptions(), cancellationToken);

    private Task<TaskPredictions> PredictOnceAsync(int[] tasks, InputBatch inputs, CancellationToken cancellationToken) =>
        Inference.PredictAsync(inputs, tasks, cancellationToken);

    private async Task<TaskSummary> SendAsync(
        int task, TrainingOrder order, Func<int, IAsyncEnumerable<LabelledBatch>?> batches, StreamOptions? options,
        Action<StreamPosition>? progress, CancellationToken cancellationToken)
    {
        if (order.Data is not null) throw new SupSupException(
            SupSupError.InvalidRequest, $"the order names data ({order.Data}), but batches are submitted; use one of the two");
        await using BatchSender sender = new(Task(task), $"{Name}/{task}", order, batches, (options ?? new StreamOptions()).Validated(),
            progress, _retrier, cancellationToken);
        return await sender.RunAsync();
    }

    private ITaskGrain Task(int task) => _grains.Task(Name, task);
}
