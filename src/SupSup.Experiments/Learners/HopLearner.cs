using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
using SupSup.Core.Networks;
using SupSup.Core.Random;
using SupSup.Core.Reservoirs;
using SupSup.Core.Tasks;
using SupSup.Experiments.Configuration;
using SupSup.Experiments.Evaluation;
using SupSup.Experiments.Files;

namespace SupSup.Experiments.Learners;

/// <summary>
/// HopSupSup at work (paper, appendix): a task's mask chooses gains of the normalisations and is stored in reservoirs of fixed size, from
/// which it is recovered when the task's images come. Masks do not depend on one another, so as many train, or are recovered, at once as
/// there are cores.
/// </summary>
internal sealed class HopLearner : ILearner
{
    private readonly TaskSequence _tasks;
    private readonly RunFolder _folder;
    private readonly ulong _seed;
    private readonly HopSettings _settings;
    private readonly GainWeights _weights;
    private readonly ImmutableArray<Reservoir> _reservoirs;
    private readonly List<(GainMask Mask, GainRecord Record)> _learned = [];
    private double _seconds;

    public HopLearner(ExperimentConfig config, TaskSequence tasks, RunFolder folder)
    {
        (_tasks, _folder, _seed, _settings) = (tasks, folder, config.Seed, config.Hop ?? new());
        _weights = new GainWeights(new FixedNetwork(Plans.Of(config.Network, tasks.Input, config.Outputs), config.Seed));
        _reservoirs = [.. _weights.Channels.Select(channels => new Reservoir(channels, config.Storage ?? StorageRule.Storkey))];
    }

    /// <inheritdoc/>
    public async Task LearnAsync(int from, int to, IStageProgress stage, CancellationToken cancellationToken)
    {
        ConcurrentDictionary<int, GainRecord> learned = new();
        double before = _seconds;
        long begin = Stopwatch.GetTimestamp();
        await Cores.ForEachAsync(
            Enumerable.Range(from, to - from),
            (task, stop) =>
            {
                GainRecord? known = _folder.Read<GainRecord>(RunFolder.TaskFile(task));
                if (known is not null) stage.Advance(1);
                learned[task] = known ?? Learn(task, () => before + Stopwatch.GetElapsedTime(begin).TotalSeconds, stage, stop);
            },
            cancellationToken);
        for (int task = from; task < to; task++)
        {
            GainMask mask = Unpack(task, learned[task]);
            for (int l = 0; l < _reservoirs.Length; l++) _reservoirs[l].Store(mask.Signs(l));
            _learned.Add((mask, learned[task]));
            _seconds = Math.Max(_seconds, learned[task].LearnedAt);
        }
    }

    /// <inheritdoc/>
    public async Task<CheckpointResult> EvaluateAsync(int learned, IStageProgress stage, CancellationToken cancellationToken)
    {
        long begin = Stopwatch.GetTimestamp();
        (TaskScore Score, MaskRecovery Recovery)[] found = new (TaskScore, MaskRecovery)[learned];
        await Cores.ForEachAsync(
            Enumerable.Range(0, learned),
            (task, stop) =>
            {
                found[task] = Recover(task, stop);
                stage.Advance(1);
            },
            cancellationToken);
        return new CheckpointResult
        {
            TasksLearned = learned,
            Tasks = [.. found.Select(static one => one.Score)],
            Recoveries = [.. found.Select(static one => one.Recovery)],
            Masks = learned,
            Bytes = _reservoirs.Sum(static reservoir => reservoir.Bytes),
            TrainSeconds = _seconds,
            InferSeconds = Stopwatch.GetElapsedTime(begin).TotalSeconds,
            InferQueries = learned,
        };
    }

    /// <inheritdoc/>
    public Task<ExperimentResult> FinishAsync(ExperimentResult result, IStageProgress stage, CancellationToken cancellationToken) =>
        Task.FromResult(result with { TaskInferenceAccuracy = double.NaN, BatchTaskInferenceAccuracy = double.NaN });

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private GainRecord Learn(int task, Func<double> seconds, IStageProgress stage, CancellationToken stop)
    {
        ClassificationTask data = _tasks[task];
        (GainMask mask, double loss) =
            GainTraining.Train(_weights, data, _settings.Training, TaskSeed.Derive(_seed, task), (share, _) => stage.Advance(share), stop);
        using GainNetwork network = new(_weights, _settings.Recovery.BatchSize);
        GainRecord record = new(mask.Pack(), Accuracy(network, mask, data, TestOrder(task, data)), loss, seconds());
        _folder.Write(RunFolder.TaskFile(task), record);
        return record;
    }

    private (TaskScore Score, MaskRecovery Recovery) Recover(int task, CancellationToken stop)
    {
        ClassificationTask data = _tasks[task];
        int[] order = TestOrder(task, data);
        (GainMask own, GainRecord record) = _learned[task];
        using GainNetwork network = new(_weights, _settings.Recovery.BatchSize);
        List<int> distances = [];
        GainMask found = new GainRecovery(network, _reservoirs, _settings.Recovery)
            .Recover(data, order, (_, mask) => distances.Add(mask.Distance(own)), stop);
        bool isNearest = _learned.All(other => other.Mask.Distance(found) >= own.Distance(found));
        return (
            new TaskScore(task, Accuracy(network, found, data, order), record.GivenTaskAccuracy, isNearest ? 1 : 0),
            new MaskRecovery(task, [.. distances]));
    }

    private double Accuracy(GainNetwork network, GainMask mask, ClassificationTask data, int[] order) =>
        GainTraining.Correct(network, mask, data, order, _settings.Recovery.BatchSize).Average(static right => right ? 1.0 : 0.0);

    // Shuffled, as the paper's code has it: a batch is normalised by itself, so what is in it matters.
    private int[] TestOrder(int task, ClassificationTask data) =>
        new RandomStream(TaskSeed.Derive(_seed, task), StreamPurpose.TestOrder).NextPermutation(data.TestCount);

    private GainMask Unpack(int task, GainRecord record)
    {
        try
        {
            return GainMask.Unpack(record.Mask, _weights.Channels);
        }
        catch (ArgumentException e)
        {
            throw new IOException(
                $"{_folder.File(RunFolder.TaskFile(task))} is damaged ({e.Message}); delete it, and the next run learns the task again", e);
        }
    }
}
