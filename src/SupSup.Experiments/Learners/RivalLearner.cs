using System.Collections.Concurrent;
using System.Diagnostics;
using SupSup.Core.Networks;
using SupSup.Core.Training;
using SupSup.Experiments.Configuration;
using SupSup.Experiments.Evaluation;
using SupSup.Experiments.Files;
using SupSup.Experiments.Methods;

namespace SupSup.Experiments.Learners;

/// <summary>
/// A rival at work, the task being given at inference, or found where tasks differ in rank-one vectors. One whose tasks stay as they are
/// is evaluated once per task, and learns several at once; one that forgets learns in order and is evaluated again at each checkpoint.
/// </summary>
internal sealed class RivalLearner : ILearner
{
    private readonly TaskSequence _tasks;
    private readonly RunFolder _folder;
    private readonly int _ofRun;
    private readonly Rival _rival;
    private readonly VectorInference? _inference;
    private readonly ConcurrentDictionary<int, TaskRecord> _records = new();
    private int _learned;
    private double _seconds;

    public RivalLearner(ExperimentConfig config, TaskSequence tasks, RunFolder folder)
    {
        (_tasks, _folder, _ofRun) = (tasks, folder, config.Tasks);
        if (config.Scenario != Scenario.GG) _inference = new(config, tasks, folder);
        Recipe recipe = config.TrainedBy();
        _rival = Rivals.Create(config.Method, new RivalSettings
        {
            Plan = Plans.Of(config.Network, tasks.Input, tasks.Classes),
            Seed = config.Seed,
            Batches = recipe.Batches,
            BatchSize = recipe.BatchSize,
            Augmentation = recipe.Augmentation,
        });
        if (folder.Read<RivalProgress>(RivalProgress.Name) is not { } progress) return;
        using FileStream state = File.OpenRead(folder.File(StateFile(progress.Learned)));
        _rival.Load(state);
        (_learned, _seconds) = (progress.Learned, progress.Seconds);
    }

    /// <inheritdoc/>
    public async Task LearnAsync(int from, int to, IStageProgress stage, CancellationToken cancellationToken)
    {
        Recall(from, to);
        double before = _seconds;
        long begin = Stopwatch.GetTimestamp();
        bool learnedAny = false;
        int known = Enumerable.Range(from, to - from).Count(task => _rival.Forgets ? task < _learned : _records.ContainsKey(task));
        ImageRate? rate = _rival.IsOverPictures ? new(stage, _rival.Batches, _rival.BatchSize, _ofRun - from - known) : null;
        void Learn(int task)
        {
            if (_records.ContainsKey(task))
            {
                stage.Advance(1);
                return;
            }

            double loss = 0;
            using RivalNetwork network = _rival.Learn(task, _tasks[task], (_, batchLoss) =>
            {
                loss = batchLoss;
                rate?.Add();
            }, cancellationToken);
            learnedAny = true;
            if (!_rival.Forgets)
            {
                TaskRecord record = TaskRecord.Of(
                    task, Correct(task, network), loss, before + Stopwatch.GetElapsedTime(begin).TotalSeconds, null);
                _inference?.Keep(task, network);
                _folder.Write(RunFolder.TaskFile(task), record);
                _records[task] = record;
            }

            if (rate is null) stage.Advance(1);
        }

        int inOrder = Math.Min(to, _rival.SequentialTasks);
        for (int task = from; task < inOrder; task++)
        {
            if (task < _learned && _rival.Forgets)
            {
                stage.Advance(1);
                continue;
            }

            await Task.Run(() => Learn(task), cancellationToken);
            if (task < _learned) continue;
            _learned = task + 1;
            SaveState(before + Stopwatch.GetElapsedTime(begin).TotalSeconds);
        }

        int atWill = Math.Max(from, inOrder);
        await Cores.ForEachAsync(Enumerable.Range(atWill, Math.Max(0, to - atWill)), (task, _) => Learn(task), cancellationToken);
        if (learnedAny) _seconds = before + Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }

    /// <inheritdoc/>
    public async Task<CheckpointResult> EvaluateAsync(int learned, IStageProgress stage, CancellationToken cancellationToken)
    {
        TaskScore[] scores = new TaskScore[learned];
        VectorMixture? mixture = _inference?.Mix(_rival.Weights!, learned);
        await Cores.ForEachAsync(
            Enumerable.Range(0, learned),
            (task, _) =>
            {
                double given = _rival.Forgets ? Accuracy(task) : _records[task].GivenTaskAccuracy;
                scores[task] = mixture is null
                    ? new TaskScore(task, given, given, double.NaN) : _inference!.Score(mixture, _records[task]);
                stage.Advance(1);
            },
            cancellationToken);
        (double seconds, long queries) = _inference?.TakeInference() ?? default;
        return new CheckpointResult
        {
            TasksLearned = learned,
            Tasks = [.. scores],
            Bytes = _rival.Bytes(learned),
            TrainSeconds = _seconds,
            InferSeconds = seconds,
            InferQueries = queries,
        };
    }

    /// <inheritdoc/>
    public async Task<ExperimentResult> FinishAsync(ExperimentResult result, IStageProgress stage, CancellationToken cancellationToken)
    {
        if (_inference is null || result.Config.Queries == 0) return result;
        VectorMixture mixture = _inference.Mix(_rival.Weights!, result.Tasks);
        (double Found, double Right)[] shares = new (double, double)[result.Tasks];
        await Cores.ForEachAsync(
            Enumerable.Range(0, result.Tasks),
            (task, _) =>
            {
                shares[task] = _inference.Single(mixture, _records[task]);
                stage.Advance(1);
            },
            cancellationToken);
        (double seconds, long queries) = _inference.TakeInference();
        return result with
        {
            TaskInferenceAccuracy = shares.Average(share => share.Found),
            ImageAccuracy = shares.Average(share => share.Right),
            InferSeconds = result.InferSeconds + seconds,
            InferQueries = result.InferQueries + queries,
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private bool[] Correct(int task, RivalNetwork network) => TaskSequence.Correct(_tasks[task], network.Predict);

    private double Accuracy(int task)
    {
        using RivalNetwork network = _rival.Open(task);
        return Correct(task, network).Average(static right => right ? 1.0 : 0.0);
    }

    private static string StateFile(int learned) => $"state/{learned:D5}.bin";

    // A record counts where the saved state includes what the task taught the others.
    private void Recall(int from, int to)
    {
        if (_rival.Forgets) return;
        for (int task = from; task < to; task++)
        {
            if ((task >= _learned && task < _rival.SequentialTasks)
                || _inference?.Has(task) == false
                || _folder.Read<TaskRecord>(RunFolder.TaskFile(task)) is not { } known) continue;
            _records[task] = known;
            _seconds = Math.Max(_seconds, known.LearnedAt);
        }
    }

    // The state first: what the progress names is then always there.
    private void SaveState(double seconds)
    {
        AtomicFile.Write(_folder.File(StateFile(_learned)), path =>
        {
            using FileStream stream = File.Create(path);
            _rival.Save(stream);
        });
        _folder.Write(RivalProgress.Name, new RivalProgress(_learned, seconds));
        File.Delete(_folder.File(StateFile(_learned - 1)));
    }
}
