using System.Diagnostics;
using SupSup.Core.Engines;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Random;
using SupSup.Core.Streams;
using SupSup.Core.TaskInference;
using SupSup.Core.Tasks;
using SupSup.Core.Training;
using SupSup.Experiments.Configuration;
using SupSup.Experiments.Evaluation;
using SupSup.Experiments.Files;
using SupSup.Experiments.Streams;

namespace SupSup.Experiments.Learners;

/// <summary>
/// Scenario NNs (paper, section 3.4): the batches of all tasks come as one stream. Every hundred batches it is decided
/// which mask the next hundred train: one that fits, or a new one. Steps are shared by all cores, since each follows
/// from the one before.
/// </summary>
internal sealed class StreamLearner : ILearner, IStreamMasks<StreamMask, LabelledBatch>
{
    private const int TasksPerSave = 10;

    private readonly ExperimentConfig _config;
    private readonly TaskSequence _tasks;
    private readonly FixedNetwork _network;
    private readonly Recipe _recipe;
    private readonly RunFolder _folder;
    private readonly MaskEvaluator _evaluator;
    private readonly InferenceSettings _settings;
    private readonly StreamState _state;
    private readonly MaskSet _masks;
    private readonly OpenTrainings _open;
    private readonly StreamAlgorithm<StreamMask, LabelledBatch> _algorithm;
    private readonly Dictionary<int, (int Mask, int Batches, TaskRecord Record)> _records = [];
    private Superposition? _superposition;
    private StreamMask? _current;

    public StreamLearner(ExperimentConfig config, TaskSequence tasks, RunFolder folder)
    {
        (_config, _tasks, _folder) = (config, tasks, folder);
        _network = new FixedNetwork(Plans.Of(config.Network, tasks.Input, config.Outputs), config.Seed);
        _recipe = config.TrainedBy();
        _evaluator = new MaskEvaluator(config, tasks, _network);
        _settings = config.Settings(tasks.Classes);
        _masks = new MaskSet(_network, tasks.Classes);
        _state = folder.Read<StreamState>(StreamState.Name) ?? new StreamState();
        Func<LabelledBatch, StreamMask?>? rule = config.Allocation == "paper" ? ByGradient : null;
        _algorithm = new StreamAlgorithm<StreamMask, LabelledBatch>(this, tasks.Classes, config.Fit, rule);
        _open = new OpenTrainings(_network, config.Rule, _recipe, folder, new ThreadTeam(Environment.ProcessorCount));
        _masks.Add([.. _state.Masks.Select(mask => folder.ReadMask(mask.Id, _network)
            ?? throw new IOException($"mask {mask.Id} of the run in {folder.Path} is missing; run it again with another --out"))]);

        // A mask's file may be newer than the state; its training is not.
        // Those used last are opened last, as they were.
        foreach (int n in Enumerable.Range(0, _state.Masks.Count).Where(n => !_state.Masks[n].IsFinished)
            .OrderByDescending(n => Recency(_state.Masks[n])))
            _masks.Replace(n, _open[_state.Masks[n]].Mask());
        _current = _state.Masks.Find(mask => mask.Id == _state.Current);
    }

    /// <inheritdoc/>
    public async Task LearnAsync(int from, int to, IStageProgress stage, CancellationToken cancellationToken)
    {
        double before = _state.Seconds;
        long begin = Stopwatch.GetTimestamp();
        await Task.Run(
            async () =>
            {
                for (int task = from; task < to; task++)
                {
                    if (task >= _state.Tasks)
                    {
                        await LearnAsync(task, cancellationToken);
                        _state.Tasks = task + 1;
                        _state.Seconds = before + Stopwatch.GetElapsedTime(begin).TotalSeconds;
                        if (_state.Tasks % TasksPerSave == 0 || task == to - 1) Save();
                    }

                    stage.Advance(1);
                }
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<CheckpointResult> EvaluateAsync(int learned, IStageProgress stage, CancellationToken cancellationToken)
    {
        await MergeAsync(cancellationToken);
        Superposition masks = Superimposed();
        int[] home = [.. Enumerable.Range(0, learned).Select(Home)];
        TaskRecord[] records = new TaskRecord[learned];
        Parallel.For(0, learned, task => records[task] = Known(task, home[task]) ?? Measure(task, home[task]));
        for (int task = 0; task < learned; task++)
            _records[task] = (_state.Masks[home[task]].Id, _state.Masks[home[task]].Batches, records[task]);
        CheckpointResult result = new()
        {
            TasksLearned = learned,
            Tasks = [],
            Masks = _masks.Count,
            Bytes = (long)_masks.Count * MaskFile.Size(_network.Shape),
            TrainSeconds = _state.Seconds,
        };
        return await _evaluator.EvaluateAsync(
            result, masks, records, home, [.. _state.Masks.Select(mask => mask.Owner)], stage, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<ExperimentResult> FinishAsync(ExperimentResult result, IStageProgress stage, CancellationToken cancellationToken)
    {
        result = result with
        {
            Stream = new StreamReport(
                _masks.Count,
                _state.Allocated,
                _state.Merged,
                Enumerable.Range(0, _config.Tasks).Average(task => (double)_state.Masks.Count(mask => mask.Segments.ContainsKey(task))),
                _state.Reused,
                _state.Refused,
                _config.MaskCap),
        };
        return _config.Queries == 0
            ? result
            : await SingleImages.MeasureAsync(result, _config, _tasks, _evaluator, Superimposed(),
                [.. _state.Masks.Select(mask => mask.Owner)], AtHome, stage, cancellationToken);

        (int, TaskRecord) AtHome(int task)
        {
            int home = Home(task);
            return (home, Known(task, home) ?? Measure(task, home));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _superposition?.Dispose();
        _open.Dispose();
    }

    /// <inheritdoc/>
    public IEnumerable<Task<StreamMask[]>> Candidates(LabelledBatch batch, CancellationToken cancellationToken)
    {
        if (_current is not null) yield return Task.FromResult<StreamMask[]>([_current]);
        if (_masks.Count == 0) yield break;
        IEnumerable<StreamMask> likely = Named(batch, _config.Shortlist).Union(_open.Recent.Select(Find));
        yield return Task.FromResult<StreamMask[]>([.. likely.Where(mask => mask != _current)]);
    }

    /// <inheritdoc/>
    public Task<double?> AccuracyAsync(StreamMask mask, LabelledBatch batch, CancellationToken cancellationToken)
    {
        using IMaskedNetwork effective = NetworkEngines.Open(_network, _masks[_state.Masks.IndexOf(mask)]);
        int[] classes = _evaluator.Classify(effective)(batch.Inputs, batch.Labels.Length);
        return Task.FromResult<double?>(classes.Zip(batch.Labels, (found, label) => found == label ? 1.0 : 0.0).Average());
    }

    /// <inheritdoc/>
    public Task<StreamMask?> AllocateAsync(CancellationToken cancellationToken)
    {
        if (_masks.Count >= _config.MaskCap) return Task.FromResult<StreamMask?>(null);
        StreamMask mask = new() { Id = _state.Allocated++ };
        _state.Masks.Add(mask);
        _masks.Add([_open[mask].Mask()]);
        Forget();
        return Task.FromResult<StreamMask?>(mask);
    }

    /// <inheritdoc/>
    public StreamMask Nearest(LabelledBatch batch, IEnumerable<(StreamMask Mask, double Accuracy)> tried) => Named(batch, 1).First();

    /// <inheritdoc/>
    public Task KeepSampleAsync(StreamMask mask, LabelledBatch batch)
    {
        mask.SampleTask = batch.TrueTask;
        mask.SampleExamples = batch.Examples[..Math.Min(VerifiedAllocation.SampleRows, batch.Examples.Length)];
        mask.IsCompared = false;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<LabelledBatch?> SampleAsync(StreamMask mask) => Task.FromResult(
        mask.SampleExamples.Length == 0 ? null : LabelledBatch.Of(_tasks[mask.SampleTask], mask.SampleTask, mask.SampleExamples));

    /// <inheritdoc/>
    public Task<IEnumerable<StreamMask>> TwinsAsync(LabelledBatch sample, CancellationToken cancellationToken) =>
        Task.FromResult(Named(sample, _config.Shortlist));

    // The order of a task's examples is that of the scenarios in which it is given.
    private async Task LearnAsync(int task, CancellationToken cancellationToken)
    {
        ClassificationTask data = _tasks[task];
        BatchOrder order = new(data.TrainCount, TaskSeed.Derive(_network.Seed, task));
        LabelledBatch batch = LabelledBatch.Empty(data, task, _recipe.BatchSize);
        for (int first = 0; first < _recipe.Batches; first += VerifiedAllocation.SegmentBatches)
        {
            Next();
            SegmentDecision<StreamMask> decision = await DecideAsync(batch, cancellationToken);
            StreamMask mask = _current!;
            bool trains = !mask.IsFinished;
            for (int n = first; n < Math.Min(_recipe.Batches, first + VerifiedAllocation.SegmentBatches); n++)
            {
                if (n > first) Next();
                if (!mask.IsFinished) Train(mask, batch);
            }

            mask.Segments[task] = mask.Segments.GetValueOrDefault(task) + 1;
            if (!trains) continue;
            TaskMask trained = _open[mask].Mask();
            _masks.Replace(_state.Masks.IndexOf(mask), trained);
            mask.Evidence = UsualEvidence.Of(_network, trained, batch.Inputs, data.Classes);
            Forget();
            if (mask.IsFinished) _open.Close(mask);
            mask.Usual = (await _algorithm.EndAsync(mask, batch, decision.Fits, cancellationToken)).GetValueOrDefault();
        }

        void Next()
        {
            cancellationToken.ThrowIfCancellationRequested();
            order.Next(batch.Examples);
            data.FillTrain(batch.Examples, batch.Inputs, batch.Labels);
        }
    }

    // Which mask serves the segment that begins with this batch.
    private async Task<SegmentDecision<StreamMask>> DecideAsync(LabelledBatch batch, CancellationToken cancellationToken)
    {
        SegmentDecision<StreamMask> decision = await _algorithm.DecideAsync(batch, cancellationToken);
        if (!decision.Fits) _state.Refused++; // visible in the report
        if (!decision.IsNew && decision.Mask != _current) _state.Reused++;
        _current = decision.Mask;
        _state.Current = _current!.Id;
        return decision;
    }

    private void Train(StreamMask mask, LabelledBatch batch)
    {
        _open[mask].Step(batch.Inputs, batch.Labels);
        mask.Batches++;
        mask.IsFinished = _recipe.Schedule != "constant" && mask.Batches >= _recipe.Batches;
    }

    private StreamMask Find(int id) => _state.Masks.Find(mask => mask.Id == id)!;

    private IEnumerable<StreamMask> Named(LabelledBatch batch, int most) =>
        MaskSearch.Candidates(Superimposed(), batch.Inputs, _settings, most).Select(index => _state.Masks[index]);

    private StreamMask? ByGradient(LabelledBatch batch)
    {
        if (_masks.Count == 0) return null;
        using Superposition? few = _masks.Count < PaperAllocation.FewestMasks ? WithUntrained() : null;
        float[] scores = MaskSearch.Scores(few ?? Superimposed(), batch.Inputs, _settings);
        return PaperAllocation.Choose(scores, _masks.Count) is { } index ? _state.Masks[index] : null;
    }

    // Those allocated, and those that would be next.
    private Superposition WithUntrained()
    {
        MaskSet masks = new(_network, _tasks.Classes);
        masks.Add([
            .. Enumerable.Range(0, _masks.Count).Select(n => _masks[n]),
            .. Enumerable.Range(_state.Allocated, PaperAllocation.FewestMasks - _masks.Count).Select(_open.Untrained),
        ]);
        return masks.Superimpose(Enumerable.Repeat<EvidenceProfile?>(null, masks.Count));
    }

    // Masks that serve the same task, as those do that were allocated for it twice, become one.
    private async Task MergeAsync(CancellationToken cancellationToken)
    {
        bool compared = false;
        while (_state.Masks.Find(mask => !mask.IsCompared && mask.SampleExamples.Length > 0) is { } mask)
        {
            mask.IsCompared = compared = true;
            if (await _algorithm.FindTwinAsync(mask, cancellationToken) is { } twins) GiveUp(twins.Goes, twins.Stays);
        }

        if (compared) Save();
    }

    private void GiveUp(StreamMask gone, StreamMask stays)
    {
        foreach ((int task, int segments) in gone.Segments) stays.Segments[task] = stays.Segments.GetValueOrDefault(task) + segments;
        if (_current == gone) _current = stays;
        _state.Current = _current?.Id ?? -1;
        _open.Close(gone);
        _masks.RemoveAt(_state.Masks.IndexOf(gone));
        _state.Masks.Remove(gone);
        _state.Merged++;
        Forget();
    }

    private Superposition Superimposed() => _superposition ??= _masks.Superimpose(_state.Masks.Select(mask => mask.Evidence));

    private void Forget()
    {
        _superposition?.Dispose();
        _superposition = null;
    }

    private int Recency(StreamMask mask) => Array.IndexOf(_state.Recent, mask.Id) is >= 0 and int place ? place : int.MaxValue;

    // The mask that served a task most; every task was served by one.
    private int Home(int task) =>
        Enumerable.Range(0, _state.Masks.Count).MaxBy(index => _state.Masks[index].Segments.GetValueOrDefault(task));

    private TaskRecord? Known(int task, int home) =>
        _records.TryGetValue(task, out (int Mask, int Batches, TaskRecord Record) known) && known.Mask == _state.Masks[home].Id
            && known.Batches == _state.Masks[home].Batches ? known.Record : null;

    private TaskRecord Measure(int task, int home)
    {
        using IMaskedNetwork effective = NetworkEngines.Open(_network, _masks[home]);
        return TaskRecord.Of(task, TaskSequence.Correct(_tasks[task], _evaluator.Classify(effective)), double.NaN, _state.Seconds, null);
    }

    // The masks first: what the state names is then always there.
    private void Save()
    {
        for (int n = 0; n < _state.Masks.Count; n++) _folder.WriteMaskOnce(_state.Masks[n].Id, _network, _masks[n]);
        _open.Save();
        _state.Recent = [.. _open.Recent];
        _folder.Write(StreamState.Name, _state);
        _open.Prune(_state.Masks);
    }
}
