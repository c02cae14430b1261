using System.Runtime.CompilerServices;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Client;

/// <summary>One model: learn tasks, ask for tasks and classes. Thread-safe.</summary>
public sealed class SupSupModel
{
    private readonly IGrainFactory _grains;

    internal SupSupModel(IGrainFactory grains, string name)
    {
        _grains = grains;
        Name = name;
    }

    /// <summary>The model's name.</summary>
    public string Name { get; }

    private ICoordinatorGrain Coordinator => _grains.GetGrain<ICoordinatorGrain>(Name);

    private IInferenceGrain Inference => _grains.GetGrain<IInferenceGrain>(Name);

    /// <summary>The model's definition and its learned tasks.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<ModelDescription> DescribeAsync(CancellationToken cancellationToken = default) => Coordinator.DescribeAsync(cancellationToken);

    /// <summary>Where the model's masks are, and which cannot be read; has every mask read that is not in memory yet.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<ModelHealth> CheckHealthAsync(CancellationToken cancellationToken = default) => Coordinator.CheckHealthAsync(cancellationToken);

    /// <summary>A task index that no one else gets.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<int> AllocateTaskAsync(CancellationToken cancellationToken = default) => Coordinator.AllocateTaskAsync(cancellationToken);

    /// <summary>Orders training and streams its progress; the last element is final. Repeating an order is harmless.</summary>
    /// <param name="task">Task index.</param>
    /// <param name="order">Data and recipe.</param>
    /// <param name="cancellationToken">Ends the stream; training goes on.</param>
    /// <exception cref="SupSupException">The order is refused. Failures of training itself are in the last element.</exception>
    public async IAsyncEnumerable<TrainingProgress> TrainAsync(int task, TrainingOrder order, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        TrainingProgress progress = await Task(task).TrainAsync(order, cancellationToken);
        yield return progress;
        if (progress.IsFinal) yield break;
        await foreach (TrainingProgress next in Task(task).WatchAsync(cancellationToken).WithCancellation(cancellationToken)) yield return next;
    }

    /// <summary>Trains a task and waits until its mask is durable and the model knows it.</summary>
    /// <param name="task">Task index.</param>
    /// <param name="order">Data and recipe.</param>
    /// <param name="progress">Told how it goes, on the calling context.</param>
    /// <param name="cancellationToken">Ends the wait; training goes on.</param>
    /// <exception cref="SupSupException">The order is refused, or training failed.</exception>
    public async Task<TaskSummary> LearnAsync(int task, TrainingOrder order, Action<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        if (order.Data is null) throw new SupSupException(SupSupError.InvalidRequest, "the order names no data; name some, or submit the batches");
        await foreach (TrainingProgress step in TrainAsync(task, order, cancellationToken))
        {
            progress?.Invoke(step);
            if (step.Error is { } error) throw error;
            if (step.Summary is { } summary) return summary;
        }

        throw new SupSupException(SupSupError.Unavailable, $"training of task {Name}/{task} was cancelled; order it again");
    }

    /// <summary>
    /// Trains a task on batches of the caller's own, and waits until its mask is durable. Batches are asked for by
    /// number, from 0, each when it is wanted; after a fault the stream goes on where the silo's last checkpoint stood,
    /// so a number may be asked for again, and must then give the same batch.
    /// </summary>
    /// <param name="task">Task index.</param>
    /// <param name="order">The recipe; its data must be null. The number of batches is the recipe's.</param>
    /// <param name="batch">Gives a batch by its number.</param>
    /// <param name="progress">Told after each batch.</param>
    /// <param name="cancellationToken">Stops; the task can be gone on with later.</param>
    /// <exception cref="SupSupException">The order or a batch is refused, or the store failed.</exception>
    public async Task<TaskSummary> LearnAsync(
        int task, TrainingOrder order, Func<int, CancellationToken, ValueTask<LabelledBatch>> batch, Action<StreamPosition>? progress = null, CancellationToken cancellationToken = default)
    {
        if (order.Data is not null) throw new SupSupException(SupSupError.InvalidRequest, $"the order names data ({order.Data}) but batches are submitted; leave one out");
        TrainingProgress start = await Task(task).TrainAsync(order, cancellationToken);
        if (start.Error is { } error) throw error;
        int next = Math.Min(start.BatchesDone, start.Batches - 1);
        while (start.Summary is null)
        {
            StreamPosition position = await Task(task).SubmitAsync(next, await batch(next, cancellationToken), cancellationToken);
            progress?.Invoke(position);
            if (position.Summary is { } summary) return summary;

            // Where all are trained but the mask could not be stored, the last one again has it stored.
            next = Math.Min(position.Trained, start.Batches - 1);
        }

        return start.Summary;
    }

    /// <summary>Stops the training of a task; it is untrained afterwards.</summary>
    /// <param name="task">Task index.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task CancelTrainingAsync(int task, CancellationToken cancellationToken = default) => Task(task).CancelTrainingAsync(cancellationToken);

    /// <summary>Infers task and class of inputs whose task is not known.</summary>
    /// <param name="inputs">Inputs [rows, inputs].</param>
    /// <param name="options">How to infer; null takes the defaults.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<Prediction[]> InferAsync(InputBatch inputs, InferenceOptions? options = null, CancellationToken cancellationToken = default) =>
        Inference.InferAsync(inputs, options ?? new InferenceOptions(), cancellationToken);

    /// <summary>Classifies inputs whose task is known.</summary>
    /// <param name="task">Task index.</param>
    /// <param name="inputs">Inputs [rows, inputs].</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<TaskPredictions> PredictAsync(int task, InputBatch inputs, CancellationToken cancellationToken = default) =>
        Task(task).PredictAsync(inputs, cancellationToken);

    /// <summary>Classifies inputs whose tasks are known, each row by a task of its own.</summary>
    /// <param name="tasks">Task index of each row.</param>
    /// <param name="inputs">Inputs [rows, inputs].</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<TaskPredictions> PredictAsync(int[] tasks, InputBatch inputs, CancellationToken cancellationToken = default) =>
        Inference.PredictAsync(inputs, tasks, cancellationToken);

    /// <summary>Accuracy of a task on the test part of its data, the task being given.</summary>
    /// <param name="task">Task index.</param>
    /// <param name="data">The data; null takes what it was trained on.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<Evaluation> EvaluateAsync(int task, TaskData? data = null, CancellationToken cancellationToken = default) =>
        Task(task).EvaluateAsync(data, cancellationToken);

    /// <summary>The packed mask of a task.</summary>
    /// <param name="task">Task index.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<PackedMaskBlob> GetMaskAsync(int task, CancellationToken cancellationToken = default) => Task(task).GetMaskAsync(cancellationToken);

    /// <summary>Takes over a mask that was trained elsewhere, as a packed mask file of the same network; durable when it returns.</summary>
    /// <param name="task">Task index that has no mask yet, or has the same one.</param>
    /// <param name="file">The file, as <see cref="GetMaskAsync"/> gives it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<TaskSummary> ImportAsync(int task, byte[] file, CancellationToken cancellationToken = default) => Task(task).ImportAsync(file, cancellationToken);

    private ITaskGrain Task(int task) => _grains.GetGrain<ITaskGrain>(GrainKeys.Task(Name, task));
}
