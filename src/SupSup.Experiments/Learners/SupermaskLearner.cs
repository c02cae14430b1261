using System.Collections.Concurrent;
using System.Diagnostics;
using SupSup.Core.Devices;
using SupSup.Core.Engines;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.TaskInference;
using SupSup.Core.Training;
using SupSup.Experiments.Configuration;
using SupSup.Experiments.Evaluation;
using SupSup.Experiments.Files;
using SupSup.Experiments.Streams;

namespace SupSup.Experiments.Learners;

/// <summary>
/// Supermasks in superposition with the task given in training: scenarios GG, GNs and GNu. Masks do not depend on one
/// another, so as many train at once as there are cores, or in groups on a device; the outcome is that of one after another. Over pictures,
/// where a group takes minutes, a device is given all tasks that it can train together, also those whose turn comes later.
/// </summary>
internal sealed class SupermaskLearner : ILearner
{
    private readonly ExperimentConfig _config;
    private readonly TaskSequence _tasks;
    private readonly FixedNetwork _network;
    private readonly Recipe _recipe;
    private readonly RunFolder _folder;
    private readonly MaskSet _masks;
    private readonly MaskEvaluator _evaluator;
    private readonly IGroupTrainer? _device;
    private readonly int _deviceTasks;
    private readonly List<TaskRecord> _records = [];
    private readonly TransferredScores? _transfer;
    private readonly OpenTasks? _open;
    private double _seconds;

    public SupermaskLearner(ExperimentConfig config, TaskSequence tasks, RunFolder folder, RunResources resources)
    {
        (_config, _tasks, _folder) = (config, tasks, folder);
        _network = new FixedNetwork(Plans.Of(config.Network, tasks.Input, config.Outputs), config.Seed);
        _recipe = config.TrainedBy();
        _masks = new MaskSet(_network, tasks.Classes);
        _evaluator = new MaskEvaluator(config, tasks, _network);
        if (resources.Device.Gpu is not null || resources.InGroups)
            _device = TorchBackend.Get<IGroupTrainers>().CreateGroupTrainer(resources.Device);
        _deviceTasks = resources.DeviceTasks;
        if (config.Transfer) _transfer = new TransferredScores(folder, _network);
        if (!_network.Plan.IsDense) _open = new OpenTasks(folder, _recipe);
    }

    /// <inheritdoc/>
    public async Task LearnAsync(int from, int to, IStageProgress stage, CancellationToken cancellationToken)
    {
        ConcurrentDictionary<int, (TaskMask Mask, TaskRecord Record)> learned = new();
        List<int> missing = [];
        for (int task = from; task < to; task++)
        {
            if (Learned(task) is { } known)
            {
                learned[task] = known;
                _seconds = Math.Max(_seconds, known.Record.LearnedAt);
                stage.Advance(1);
            }
            else
            {
                missing.Add(task);
            }
        }

        if (missing.Count > 0 && missing.Count < to - from)
            stage.Note($"{to - from - missing.Count} of these {to - from} tasks were learned before");
        double before = _seconds;
        long begin = Stopwatch.GetTimestamp();
        ImageRate? rate = _network.Plan.IsDense
            ? null : new(stage, _recipe.MostBatches, _recipe.BatchSize, missing.Count + _config.Tasks - to);
        void Keep(int task, TrainedMask trained)
        {
            using IMaskedNetwork effective = NetworkEngines.Open(_network, trained.Mask);
            bool[] correct = TaskSequence.Correct(_tasks[task], _evaluator.Classify(effective));
            double learnedAt = before + Stopwatch.GetElapsedTime(begin).TotalSeconds;
            TaskRecord record = TaskRecord.Of(task, correct, trained.Loss, learnedAt, trained.UsualEvidence);
            _folder.WriteMask(task, _network, trained.Mask);
            _folder.Write(RunFolder.TaskFile(task), record);
            _open?.Close(task);
            learned[task] = (trained.Mask, record);
            if (rate is null) stage.Advance(1);
        }

        await (_transfer is { } transfer
            ? Task.Run(() => TrainInOrder(transfer, missing, rate, Keep, cancellationToken), cancellationToken)
            : _device is { } device
            ? Task.Run(() => TrainOnDevice(device, missing, to, rate, Keep, cancellationToken), cancellationToken)
            : Cores.ForEachAsync(
                missing,
                (task, stop) => Keep(task, TaskTrainer.Train(_network, _config.Rule, _recipe, Job(task, rate, stop))),
                cancellationToken));
        if (missing.Count > 0) _seconds = before + Stopwatch.GetElapsedTime(begin).TotalSeconds;
        int[] tasks = [.. Enumerable.Range(from, to - from)];
        _masks.Add([.. tasks.Select(task => learned[task].Mask)]);
        _records.AddRange(tasks.Select(task => learned[task].Record with
        {
            Evidence = learned[task].Record.Evidence ?? UsualEvidence.Of(_network, learned[task].Mask, _tasks[task]),
        }));
    }

    /// <summary>The superposition of the masks learned so far.</summary>
    public Superposition Superimpose() => _masks.Superimpose(_records.Select(record => record.Evidence));

    /// <inheritdoc/>
    public async Task<CheckpointResult> EvaluateAsync(int learned, IStageProgress stage, CancellationToken cancellationToken)
    {
        CheckpointResult result = new()
        {
            TasksLearned = learned,
            Tasks = [.. _records.Select(
                record => new TaskScore(record.Task, record.GivenTaskAccuracy, record.GivenTaskAccuracy, double.NaN))],
            Masks = learned,
            Bytes = _folder.MaskBytes(learned),
            TrainSeconds = _seconds,
        };
        if (_config.Scenario == Scenario.GG) return result;
        using Superposition masks = Superimpose();
        int[] same = [.. Enumerable.Range(0, learned)];
        return await _evaluator.EvaluateAsync(result, masks, _records, same, same, stage, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<ExperimentResult> FinishAsync(ExperimentResult result, IStageProgress stage, CancellationToken cancellationToken)
    {
        result = result with { Encoded = EncodedBytes.Of(_network, Enumerable.Range(0, _masks.Count).Select(index => _masks[index])) };
        if (_config.Scenario == Scenario.GG || _config.Queries == 0) return result;
        using Superposition masks = Superimpose();
        return await SingleImages.MeasureAsync(
            result, _config, _tasks, _evaluator, masks, [.. Enumerable.Range(0, _records.Count)], task => (task, _records[task]), stage,
            cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => _device?.Dispose();

    private (TaskMask Mask, TaskRecord Record)? Learned(int task) =>
        _folder.ReadMask(task, _network) is { } mask && _folder.Read<TaskRecord>(RunFolder.TaskFile(task)) is { } record
            ? (mask, record) : null;

    private TrainingJob Job(int task, ImageRate? rate, CancellationToken stop, bool isOfStage = true)
    {
        int before = 0;
        TrainingJob job = new()
        {
            Data = _tasks[task],
            Index = task,
            Stop = stop,
            OnBatches = rate is null ? null : (done, _, _) =>
            {
                rate.Add(done - before, isOfStage);
                before = done;
            },
        };
        if (_open is null) return job;
        job = _open.Continue(job);
        before = job.Position;
        return job;
    }

    private void TrainInOrder(
        TransferredScores transfer, List<int> missing, ImageRate? rate, Action<int, TrainedMask> keep, CancellationToken cancellationToken)
    {
        ThreadTeam team = new(Environment.ProcessorCount);
        foreach (int task in missing)
        {
            TrainingJob job = Job(task, rate, CancellationToken.None) with { StartScores = transfer.Mean(task), KeepsScores = true };
            TrainedMask trained = _device is { } device
                ? device.Train(_network, _config.Rule, _recipe, [job], cancellationToken)[0]!
                : TaskTrainer.Train(_network, _config.Rule, _recipe, job with { Stop = cancellationToken }, team);
            transfer.Add(task, trained.Scores!);
            keep(task, trained);
        }
    }

    // Tasks whose turn comes later fill groups up, and are found learned then. A group is stopped as a whole, so that all of it is saved
    // after the same batch.
    private void TrainOnDevice(
        IGroupTrainer device,
        List<int> missing,
        int to,
        ImageRate? rate,
        Action<int, TrainedMask> keep,
        CancellationToken cancellationToken)
    {
        if (missing.Count == 0) return;
        IEnumerable<int> later = rate is null ? [] : Enumerable.Range(to, _config.Tasks - to).Where(task => Learned(task) is null);
        TrainingJob[] jobs = [.. missing.Concat(later).Select(task => Job(task, rate, CancellationToken.None, task < to))];
        foreach (TrainingJob[] group in jobs.GroupBy(job => job.Position).SelectMany(alike => alike.Chunk(_deviceTasks)))
        {
            if (group.All(job => job.Index >= to)) continue;
            TrainedMask?[] trained = device.Train(_network, _config.Rule, _recipe, group, cancellationToken);
            Parallel.For(0, group.Length, n => keep(group[n].Index, trained[n]!));
        }
    }
}
