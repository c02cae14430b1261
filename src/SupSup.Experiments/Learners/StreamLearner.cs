using System.Diagnostics;
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
internal sealed class StreamLearner : ILearner
{
    private const int TasksPerSave = 10;
    private const int SampleRows = 32;

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
    private readonly Dictionary<int, (int Mask, int Batches, TaskRecord Record)> _records = [];
    private Superposition? _superposition;
    private StreamMask? _current;

    public StreamLearner(ExperimentConfig config, TaskSequence tasks, RunFolder folder)
    {
        (_config, _tasks, _folder) = (config, tasks, folder);
        _network = new FixedNetwork(new NetworkShape(tasks[0].Inputs, Architecture.Parse(config.Network), config.Outputs), config.Seed);
        _recipe = config.TrainedBy();
        _evaluator = new MaskEvaluator(config, tasks, _network);
        _settings = config.Settings(tasks.Dataset.Classes);
        _masks = new MaskSet(_network, tasks.Dataset.Classes);
        _state = folder.Read<StreamState>(StreamState.Name) ?? new StreamState();
        _open = new OpenTrainings(_network, _recipe, folder, new ThreadTeam(Environment.ProcessorCount));
        _masks.Add([.. _state.Masks.Select(mask => folder.ReadMask(mask.Id, _network)
            ?? throw new IOException($"mask {mask.Id} of the run in {folder.Path} is missing; run it anew with another --out"))]);

        // A mask's file may be newer than the state; its training is not.
        // Those used last are opened last, as they were.
        foreach (int n in Enumerable.Range(0, _state.Masks.Count).Where(n => !_state.Masks[n].IsFinished).OrderByDescending(n => Recency(_state.Masks[n])))
            _masks.Replace(n, _open[_state.Masks[n]].Mask());
        _current = _state.Masks.Find(mask => mask.Id == _state.Current);
    }

    /// <inheritdoc/>
    public async Task LearnAsync(int from, int to, IStageProgress stage, CancellationToken cancellationToken)
    {
        double before = _state.Seconds;
        long begin = Stopwatch.GetTimestamp();
        await Task.Run(
            () =>
            {
                for (int task = from; task < to; task++)
                {
                    if (task >= _state.Tasks)
                    {
                        Learn(task, cancellationToken);
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
        Merge();
        Superposition masks = Superimposed();
        int[] home = [.. Enumerable.Range(0, learned).Select(Home)];
        TaskRecord[] records = new TaskRecord[learned];
        Parallel.For(0, learned, task => records[task] = Known(task, home[task]) ?? Measure(task, home[task]));
        for (int task = 0; task < learned; task++) _records[task] = (_state.Masks[home[task]].Id, _state.Masks[home[task]].Batches, records[task]);
        NextTaskScore? next = learned < _config.Tasks ? _evaluator.EvaluateNext(masks, learned) : null;
        _ = _evaluator.TakeInference(); // not of this checkpoint's tasks
        TaskScore[] scores = await _evaluator.EvaluateAsync(masks, records, home, [.. _state.Masks.Select(mask => mask.Owner)], stage, cancellationToken);
        (double seconds, long queries) = _evaluator.TakeInference();
        return new CheckpointResult
        {
            TasksLearned = learned,
            Tasks = [.. scores],
            Next = next,
            Masks = _masks.Count,
            Bytes = (long)_masks.Count * PackedMaskFile.Size(_network.Shape),
            TrainSeconds = _state.Seconds,
            InferSeconds = seconds,
            InferQueries = queries,
        };
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
            : await SingleImages.MeasureAsync(result, _config, _tasks, _evaluator, Superimposed(), [.. _state.Masks.Select(mask => mask.Owner)], stage, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _superposition?.Dispose();
        _open.Dispose();
    }

    // The order of a task's examples is that of the scenarios in which it is given.
    private void Learn(int task, CancellationToken cancellationToken)
    {
        ClassificationTask data = _tasks[task];
        BatchOrder order = new(data.TrainCount, TaskSeed.Derive(_network.Seed, task));
        int batches = _recipe.Batches;
        LabelledBatch batch = LabelledBatch.Empty(data, task, _recipe.BatchSize);
        for (int first = 0; first < batches; first += VerifiedAllocation.SegmentBatches)
        {
            int last = Math.Min(batches, first + VerifiedAllocation.SegmentBatches);
            for (int n = first; n < last; n++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                order.Next(batch.Examples);
                data.FillTrain(batch.Examples, batch.Inputs, batch.Labels);
                if (n == first) Decide(batch);
                if (!_current!.IsFinished)
                {
                    _open[_current].Step(batch.Inputs, batch.Labels);
                    _current.Batches++;
                    _current.IsFinished = _recipe.Schedule != "constant" && _current.Batches >= _recipe.Batches;
                }
            }

            EndSegment(batch);
        }
    }

    // Which mask serves the segment that begins with this batch.
    private void Decide(LabelledBatch batch)
    {
        StreamMask? before = _current;
        StreamMask? chosen = _config.Allocation == "paper" ? ByGradient(batch) : Verified(batch);
        if (chosen is null && _masks.Count >= _config.MaskCap)
        {
            // Visible in the report; the batch goes to whatever mask is most like it.
            _state.Refused++;
            chosen = _state.Masks[Best(batch)];
        }

        if (chosen is null)
        {
            chosen = new StreamMask { Id = _state.Allocated++ };
            _state.Masks.Add(chosen);
            _masks.Add([_open[chosen].Mask()]);
            Forget();
        }
        else if (chosen != before)
        {
            _state.Reused++;
        }

        _current = chosen;
        _state.Current = chosen.Id;
    }

    private void EndSegment(LabelledBatch batch)
    {
        StreamMask mask = _current!;
        mask.Segments[batch.TrueTask] = mask.Segments.GetValueOrDefault(batch.TrueTask) + 1;
        if (_open.Has(mask))
        {
            int index = _state.Masks.IndexOf(mask);
            _masks.Replace(index, _open[mask].Mask());
            Forget();
            if (mask.IsFinished) _open.Close(mask);
            mask.Usual = Accuracy(index, batch);
            mask.IsCompared = false;
            (mask.SampleTask, mask.SampleExamples) = (batch.TrueTask, batch.Examples[..Math.Min(SampleRows, batch.Examples.Length)]);
        }
    }

    private StreamMask? Verified(LabelledBatch batch)
    {
        if (_masks.Count == 0) return null;
        int classes = _tasks.Dataset.Classes;
        if (_current is not null && VerifiedAllocation.Fits(Fit(_state.Masks.IndexOf(_current), batch), classes, _config.Fit)) return _current;
        IEnumerable<int> candidates = MaskSearch.Candidates(Superimposed(), batch.Inputs, _settings, _config.Shortlist)
            .Union(_open.Recent.Select(id => _state.Masks.FindIndex(mask => mask.Id == id)));
        return VerifiedAllocation.Choose(candidates.Select(index => Fit(index, batch)), classes, _config.Fit) is { } index ? _state.Masks[index] : null;
    }

    private StreamMask? ByGradient(LabelledBatch batch) =>
        _masks.Count == 0 ? null : PaperAllocation.Choose(MaskSearch.Scores(Superimposed(), batch.Inputs, _settings)) is { } index ? _state.Masks[index] : null;

    private int Best(LabelledBatch batch) => MaskSearch.Candidates(Superimposed(), batch.Inputs, _settings, 1)[0];

    private MaskFit Fit(int index, LabelledBatch batch) => new(index, Accuracy(index, batch), _state.Masks[index].Usual);

    private double Accuracy(int index, LabelledBatch batch)
    {
        using EffectiveNetwork effective = EffectiveNetwork.Of(_network, _masks[index]);
        int[] classes = _evaluator.Classify(effective)(batch.Inputs, batch.Labels.Length);
        return classes.Zip(batch.Labels, (found, label) => found == label ? 1.0 : 0.0).Average();
    }

    // Masks that serve the same task, as those do that were allocated for it twice: the one trained longer stays.
    private void Merge()
    {
        bool compared = false;
        for (int n = 0; n < _state.Masks.Count; n++)
        {
            StreamMask mask = _state.Masks[n];
            if (mask.IsCompared || mask.SampleExamples.Length == 0) continue;
            mask.IsCompared = compared = true;
            int index = n;
            LabelledBatch sample = Sample(mask);
            double own = Accuracy(n, sample);
            int? twin = MaskSearch.Candidates(Superimposed(), sample.Inputs, _settings, _config.Shortlist).Where(candidate => AreTwins(index, candidate, sample, own)).Select(candidate => (int?)candidate).FirstOrDefault();
            if (twin is not { } other) continue;
            int gone = _state.Masks[other].Batches < mask.Batches ? other : n;
            GiveUp(gone, gone == n ? other : n);
            n = -1;
        }

        if (compared) Save();
    }

    private bool AreTwins(int mask, int other, LabelledBatch sample, double own) =>
        other != mask && _state.Masks[other].SampleExamples.Length > 0
        && VerifiedAllocation.AreSame(
            new MaskFit(mask, Accuracy(mask, Sample(_state.Masks[other])), Accuracy(other, Sample(_state.Masks[other]))),
            new MaskFit(other, Accuracy(other, sample), own),
            _tasks.Dataset.Classes);

    private void GiveUp(int gone, int stays)
    {
        StreamMask mask = _state.Masks[gone];
        foreach ((int task, int segments) in mask.Segments)
            _state.Masks[stays].Segments[task] = _state.Masks[stays].Segments.GetValueOrDefault(task) + segments;
        if (_current == mask) _current = _state.Masks[stays];
        _state.Current = _current?.Id ?? -1;
        _open.Close(mask);
        _state.Masks.RemoveAt(gone);
        _masks.RemoveAt(gone);
        _state.Merged++;
        Forget();
    }

    private LabelledBatch Sample(StreamMask mask) => LabelledBatch.Of(_tasks[mask.SampleTask], mask.SampleTask, mask.SampleExamples);

    private Superposition Superimposed() => _superposition ??= _masks.Superimpose();

    private void Forget()
    {
        _superposition?.Dispose();
        _superposition = null;
    }

    private int Recency(StreamMask mask) => Array.IndexOf(_state.Recent, mask.Id) is >= 0 and int place ? place : int.MaxValue;

    // The mask that served a task most; every task was served by one.
    private int Home(int task) => Enumerable.Range(0, _state.Masks.Count).MaxBy(index => _state.Masks[index].Segments.GetValueOrDefault(task));

    private TaskRecord? Known(int task, int home) =>
        _records.TryGetValue(task, out (int Mask, int Batches, TaskRecord Record) known) && known.Mask == _state.Masks[home].Id && known.Batches == _state.Masks[home].Batches ? known.Record : null;

    private TaskRecord Measure(int task, int home)
    {
        using EffectiveNetwork effective = EffectiveNetwork.Of(_network, _masks[home]);
        return TaskRecord.Of(task, TaskSequence.Correct(_tasks[task], _evaluator.Classify(effective)), double.NaN, _state.Seconds);
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
