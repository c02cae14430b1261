using System.Collections.Immutable;
using SupSup.Core.Banks;
using SupSup.Core.Inference;
using SupSup.Core.Networks;
using SupSup.Grains.Compute;
using SupSup.Grains.Coordinator;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Models;
using SupSup.Grains.Storage;

namespace SupSup.Grains.Inference;

/// <summary>
/// A replica of the data path of inference: one forward and one backward through the superposition, the factors to every
/// shard, the best candidates back, the finalists run where their masks are. It keeps a copy of the model's directory and
/// of the superposition; each pass asks the coordinator what is new since then, while the first arithmetic runs on what
/// is known. Used in grain turns; arithmetic runs on the silo's inference threads.
/// </summary>
internal sealed class InferencePipeline : IDisposable
{
    private const int MasksReadSingly = 16;
    private const int MaxShortlist = 64;
    private const int Attempts = 3;

    // Images times weights, up to which a product is computed within a grain's turn: some 50 µs.
    private const long WithinATurn = 500_000;

    // How long masks that could not be read are left out before they are tried again.
    private static readonly TimeSpan LeftOutFor = TimeSpan.FromSeconds(5);

    private readonly string _model;
    private readonly ModelNetwork _network;
    private readonly InferenceCompute _compute;
    private readonly MaskArchive _archive;
    private readonly TimeProvider _time;
    private readonly ICoordinatorGrain _coordinator;
    private readonly ShardCalls _shards;

    // Not disposed: passes may still wait for it when the grain ends.
    private readonly SemaphoreSlim _building = new(1);
    private TaskDirectory? _directory;
    private MaskCounts? _counts;
    private SuperpositionView? _whole;
    private SuperpositionView? _restricted;
    private ImmutableArray<int> _restriction = [];

    public InferencePipeline(string model, ModelNetwork network, InferenceCompute compute, MaskArchive archive, TimeProvider time, IGrainFactory grains)
    {
        _model = model;
        _network = network;
        _compute = compute;
        _archive = archive;
        _time = time;
        _coordinator = grains.GetGrain<ICoordinatorGrain>(model);
        _shards = new ShardCalls(model, network.Spec, grains);
    }

    /// <summary>Number of tasks, as far as this replica knows.</summary>
    public int Tasks => _directory?.Count ?? 0;

    /// <summary>Refuses what cannot be meant, before it joins a pass with others.</summary>
    /// <exception cref="SupSupException">InvalidRequest or NotFound.</exception>
    public void Check(InputBatch inputs, InferenceOptions options)
    {
        _network.Check(inputs);
        if (options.Shortlist is < 1 or > MaxShortlist)
            throw new SupSupException(SupSupError.InvalidRequest, $"a shortlist of {options.Shortlist} is not possible; use 1 to {MaxShortlist}");
        if (!(options.CertainAbove >= 0))
            throw new SupSupException(SupSupError.InvalidRequest, $"a lead of {options.CertainAbove} standard deviations cannot make a gradient certain; use 0 or more");
        if (options.UnknownUpTo is { } upTo && !(upTo >= 0))
            throw new SupSupException(SupSupError.InvalidRequest, $"a lead of {upTo} standard deviations cannot make an input unknown; use 0 or more");
        try
        {
            Objective(options).Check(_network.Spec.Classes, _network.Spec.Outputs);
        }
        catch (ArgumentException e)
        {
            throw new SupSupException(SupSupError.InvalidRequest, e.Message);
        }
    }

    /// <summary>Runs one pass.</summary>
    public async Task<Prediction[]> InferAsync(InputBatch inputs, InferenceOptions options, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            SuperpositionView? view = null;
            try
            {
                (view, FactorBatch factors) = await BeginAsync(inputs, options, cancellationToken);
                return await PassAsync(view, factors, options, cancellationToken);
            }
            catch (SupSupException e) when (IsLost(e, view) && options.Candidates.IsDefault && attempt < Attempts)
            {
                // A mask that could be read when the superposition was counted was lost since, or its task was removed. A
                // newer superposition, which another pass made meanwhile, may count it too.
                if (view is not null) Forget(view);
            }
            finally
            {
                view?.Release();
            }
        }
    }

    /// <summary>Runs each row by the mask of its own task.</summary>
    public async Task<TaskPredictions> PredictAsync(InputBatch inputs, int[] tasks, CancellationToken cancellationToken)
    {
        _network.Check(inputs);
        if (tasks.Length != inputs.Rows)
            throw new SupSupException(SupSupError.InvalidRequest, $"{tasks.Length} tasks do not fit {inputs.Rows} rows; send one task per row");
        TaskDirectory directory = await CatchUpAsync(cancellationToken);
        int[] positions = [.. tasks.Select(task => directory.Find(task)
            ?? throw new SupSupException(SupSupError.NotFound, $"task {task} of model '{_model}' is not learned; train it first"))];
        TaskPredictions result = new() { Classes = new int[tasks.Length], Entropies = new double[tasks.Length] };
        await Task.WhenAll(Enumerable.Range(0, tasks.Length).GroupBy(row => positions[row] / TaskDirectory.ShardSize).Select(async group =>
        {
            int[] rows = [.. group];
            FinalistBatch runs = new() { Inputs = Rows(inputs, rows), Rows = [.. Enumerable.Range(0, rows.Length)], Slots = [.. rows.Select(row => positions[row] % TaskDirectory.ShardSize)] };
            TaskPredictions outcome = await RunAsync(directory, group.Key, directory.ShardRevision(group.Key), runs, cancellationToken);
            for (int n = 0; n < rows.Length; n++) (result.Classes[rows[n]], result.Entropies[rows[n]]) = (outcome.Classes[n], outcome.Entropies[n]);
        }));
        return result;
    }

    /// <summary>Frees native memory once the passes under way have ended.</summary>
    public void Dispose()
    {
        if (_whole is { } whole) Forget(whole);
        _restricted?.Release();
        _restricted = null;
    }

    // What the pass is about, and its factors. The factors are computed on what this replica knows while the coordinator
    // is asked what is new; mostly nothing is, and the question costs no time.
    private async Task<(SuperpositionView View, FactorBatch Factors)> BeginAsync(InputBatch inputs, InferenceOptions options, CancellationToken cancellationToken)
    {
        Task<TaskDirectory> catchingUp = CatchUpAsync(cancellationToken);
        SuperpositionView? known = options.Candidates.IsDefault ? _whole?.Hold() : null;
        try
        {
            Task<FactorBatch>? early = known is null ? null : FactorsAsync(known, inputs, options, cancellationToken);
            await Task.WhenAll(catchingUp, early ?? Task.CompletedTask);
            SuperpositionView view = await ViewAsync(await catchingUp, options);
            try
            {
                return (view, view == known ? await early! : await FactorsAsync(view, inputs, options, cancellationToken));
            }
            catch
            {
                view.Release();
                throw;
            }
        }
        finally
        {
            known?.Release();
        }
    }

    private async Task<Prediction[]> PassAsync(SuperpositionView view, FactorBatch factors, InferenceOptions options, CancellationToken cancellationToken)
    {
        if (options.UnknownUpTo is not null && view.Tasks < RowSearch.FewestMasksForSpread)
            throw new SupSupException(SupSupError.InvalidRequest, $"whether an input is unknown cannot be told among {view.Tasks} tasks of model '{_model}'; learn {RowSearch.FewestMasksForSpread} or name as many candidates, or leave UnknownUpTo out");
        RowSearch[] searches = [.. Enumerable.Range(0, factors.Rows).Select(_ => new RowSearch(view.Tasks, options))];
        int[] all = [.. Enumerable.Range(0, factors.Rows)];
        await ScanAsync(view, factors, all, searches, options, full: view.Tasks < OneShotSearch.FewestForCoarse, cancellationToken);
        while (true)
        {
            if (searches.Any(search => search.NeedsFullScan))
                await ScanAsync(view, factors, [.. all.Where(row => searches[row].NeedsFullScan)], searches, options, full: true, cancellationToken);
            if (!await RunAsync(view, factors, searches, cancellationToken)) return [.. searches.Select(search => search.Answer() with { LeftOut = view.LeftOut.Length })];
        }
    }

    private async Task<TaskDirectory> CatchUpAsync(CancellationToken cancellationToken)
    {
        TaskDirectory? known = _directory;
        DirectoryChanges? changes = await _coordinator.GetChangesAsync(known?.Revision ?? -1, cancellationToken);
        if (changes is null) return known!;

        // The changes are those since what was asked about; other answers may have come meanwhile.
        TaskDirectory next = (changes.Whole ? TaskDirectory.Empty : known!).With(changes.Changes);
        if (_directory == known || next.Revision > _directory!.Revision) _directory = next;
        return next;
    }

    // Shards say that a task is not found where it was removed after the directory was looked at.
    private bool IsLost(SupSupException e, SuperpositionView? view) => e.Error switch
    {
        SupSupError.Damaged => view is not null,
        SupSupError.NotFound => view is not null || _directory?.Count > 0,
        _ => false,
    };

    private void Forget(SuperpositionView view)
    {
        if (_whole != view) return;
        _counts = null;
        _whole = null;
        view.Release();
    }

    private IObjective Objective(InferenceOptions options) =>
        Objectives.Get(options.Objective ?? (_network.Spec.Outputs > _network.Spec.Classes ? "G" : "H"));

    private ImmutableArray<int> Positions(TaskDirectory directory, ImmutableArray<int> candidates)
    {
        if (candidates.IsEmpty) throw new SupSupException(SupSupError.InvalidRequest, "the list of candidate tasks is empty; leave it out to mean every task");
        return
        [
            .. candidates.Select(task => directory.Find(task)
                ?? throw new SupSupException(SupSupError.NotFound, $"candidate task {task} of model '{_model}' is not learned; train it first")).Order().Distinct(),
        ];
    }

    private Task<FactorBatch> FactorsAsync(SuperpositionView view, InputBatch inputs, InferenceOptions options, CancellationToken cancellationToken)
    {
        IObjective objective = Objective(options);
        FactorBatch Differentiate()
        {
            RankOneFactors factors = view.Network.Differentiate(inputs.Values, inputs.Rows, objective, _network.Spec.Classes);
            int layers = options.FirstLayerOnly ? 1 : factors.Deltas.Length;
            return new FactorBatch { Rows = inputs.Rows, Deltas = factors.Deltas[..layers], Activations = factors.Activations[..layers] };
        }

        // One image takes less time than to wake a thread for it.
        return (long)inputs.Rows * _network.Network.Shape.ParameterCount <= WithinATurn ? Task.FromResult(Differentiate()) : _compute.RunAsync(Differentiate, cancellationToken);
    }

    private async Task ScanAsync(
        SuperpositionView view, FactorBatch factors, int[] rows, RowSearch[] searches, InferenceOptions options, bool full, CancellationToken cancellationToken)
    {
        FactorBatch some = Rows(factors, rows);
        double[] floors = full && searches[rows[0]].Floor is not null ? [.. rows.Select(row => searches[row].Floor!.Value)] : [];
        ShardScores[] answers = await Task.WhenAll(view.Parts.Select(part => _shards.AskAsync(
            view.Directory,
            part.Shard,
            shard => shard.ScanAsync(part.Scope, some, full, floors, RowSearch.Wanted(options, full), cancellationToken),
            scores => scores.IsBehind)));
        int[] counts = [.. view.Parts.Select(part => part.Scope.Slots.Length)];
        for (int n = 0; n < rows.Length; n++) searches[rows[n]].Take(n, answers, counts, full);
    }

    // Runs what the searches want, each mask where it is. False when they want nothing.
    private async Task<bool> RunAsync(SuperpositionView view, FactorBatch factors, RowSearch[] searches, CancellationToken cancellationToken)
    {
        (int Row, int Task, int Position)[] wanted =
            [.. searches.SelectMany((search, row) => search.WantedRuns.Select(task => (row, task, view.Directory.Find(task)!.Value)))];
        await Task.WhenAll(wanted.GroupBy(run => run.Position / TaskDirectory.ShardSize).Select(async group =>
        {
            int[] rows = [.. group.Select(run => run.Row).Distinct()];
            FinalistBatch finalists = new()
            {
                Factors = Rows(factors, rows),
                Rows = [.. group.Select(run => Array.IndexOf(rows, run.Row))],
                Slots = [.. group.Select(run => run.Position % TaskDirectory.ShardSize)],
            };
            TaskPredictions outcome = await RunAsync(view.Directory, group.Key, view.Parts.First(part => part.Shard == group.Key).Scope.Revision, finalists, cancellationToken);
            foreach ((int n, (int row, int task, _)) in group.Index()) searches[row].Set(task, new MaskRun(outcome.Scores[n], outcome.Classes[n], outcome.Entropies[n]));
        }));
        return wanted.Length > 0;
    }

    private async Task<TaskPredictions> RunAsync(TaskDirectory directory, int shard, long revision, FinalistBatch finalists, CancellationToken cancellationToken) =>
        (await _shards.AskAsync(directory, shard, grain => grain.RunAsync(revision, finalists, cancellationToken), answer => answer is null))!;

    private static float[] Rows(float[] values, int width, int[] rows)
    {
        float[] some = new float[rows.Length * width];
        for (int n = 0; n < rows.Length; n++) values.AsSpan(rows[n] * width, width).CopyTo(some.AsSpan(n * width));
        return some;
    }

    private InputBatch Rows(InputBatch inputs, int[] rows) =>
        rows.Length == inputs.Rows ? inputs : new InputBatch { Rows = rows.Length, Values = Rows(inputs.Values, _network.Spec.Inputs, rows) };

    private FactorBatch Rows(FactorBatch factors, int[] rows)
    {
        if (rows.Length == factors.Rows) return factors;
        ImmutableArray<LayerShape> layers = _network.Network.Shape.Layers;
        return new FactorBatch
        {
            Rows = rows.Length,
            Deltas = [.. factors.Deltas.Select((delta, l) => Rows(delta, layers[l].Outputs, rows))],
            Activations = [.. factors.Activations.Select((activation, l) => Rows(activation, layers[l].Inputs, rows))],
        };
    }

    private async Task<SuperpositionView> ViewAsync(TaskDirectory directory, InferenceOptions options)
    {
        if (directory.Count == 0)
            throw new SupSupException(SupSupError.NotFound, $"model '{_model}' has learned no task yet; train one first");
        await _building.WaitAsync();
        try
        {
            return options.Candidates.IsDefault ? await WholeAsync(directory) : await RestrictedAsync(directory, Positions(directory, options.Candidates));
        }
        finally
        {
            _building.Release();
        }
    }

    private async Task<SuperpositionView> WholeAsync(TaskDirectory directory)
    {
        if (_whole is { } stale && stale.LeftOut.Length > 0 && _time.GetElapsedTime(stale.Since) > LeftOutFor) Forget(stale);
        SuperpositionView? whole = _whole;
        if (whole is not null && whole.Directory.Revision >= directory.Revision) return whole.Hold();

        // A few tasks that are new or removed cost one mask each. Many, as after a start, are counted by the shards; so are
        // replaced ones.
        int before = whole?.Directory.Positions ?? 0;
        bool onlyAdded = whole is not null && directory.Count - whole.Directory.Count == directory.Positions - before;
        int[] removed = whole is null || onlyAdded ? [] : [.. whole.Directory.Occupied.Where(position => directory[position].IsEmpty)];
        bool isSmall = whole is not null && directory.Positions - before + removed.Length <= MasksReadSingly && (removed.Length == 0 || whole.LeftOut.IsEmpty)
            && directory.Revision - whole.Directory.Revision == removed.Length + Enumerable.Range(before, directory.Positions - before).Sum(position => (long)directory[position].Version);
        (MaskCounts, ImmutableArray<MaskFailure>)? added = isSmall ? await ChangeAsync(whole!.Directory, directory, removed) : null;
        (MaskCounts counts, ImmutableArray<MaskFailure> failures) = added ?? await RecountAsync(directory);
        ImmutableArray<int> leftOut = [.. (added is null ? [] : whole!.LeftOut), .. failures.Select(failure => directory.Find(failure.Task)!.Value).Order()];
        if (leftOut.Length == directory.Count)
            throw new SupSupException(SupSupError.Damaged, $"no mask of model '{_model}' can be read: {failures[0].Message}");
        SuperpositionView view = new(
            directory, directory.Parts(directory.Occupied.Except(leftOut)), directory.Count - leftOut.Length, await SuperimposeAsync(counts), leftOut, _time.GetTimestamp());

        // Unless it was forgotten meanwhile.
        if (_whole == whole) whole?.Release();
        (_counts, _whole) = (counts, view);
        return view.Hold();
    }

    private async Task<SuperpositionView> RestrictedAsync(TaskDirectory directory, ImmutableArray<int> positions)
    {
        if (_restricted is { } restricted && _restriction.AsSpan().SequenceEqual(positions.AsSpan())
            && positions.All(position => restricted.Directory[position].Version == directory[position].Version)) return restricted.Hold();
        ImmutableArray<ShardPart> parts = directory.Parts(positions);
        (MaskCounts counts, ImmutableArray<MaskFailure> failures) = await CountAsync(directory, parts);
        if (!failures.IsEmpty) throw new SupSupException(SupSupError.Damaged, string.Join("; ", failures.Select(failure => failure.Message)));
        SuperpositionView view = new(directory, parts, positions.Length, await SuperimposeAsync(counts), [], _time.GetTimestamp());
        _restricted?.Release();
        _restricted = view;
        _restriction = positions;
        return view.Hold();
    }

    private Task<EffectiveNetwork> SuperimposeAsync(MaskCounts counts) =>
        _compute.RunAsync(() => EffectiveNetwork.Of(_network.Network, counts), CancellationToken.None);

    // All masks are read before the first is counted, so that a failure leaves the counts as they were; from then on they
    // are nobody's until the view that goes with them is there. Null where the view was forgotten meanwhile.
    private async Task<(MaskCounts Counts, ImmutableArray<MaskFailure> Failures)?> ChangeAsync(TaskDirectory before, TaskDirectory directory, int[] removed)
    {
        if (await CountRemovedAsync(before, removed) is not { } gone) return null;
        ReadMask[] read = await Task.WhenAll(Enumerable.Range(before.Positions, directory.Positions - before.Positions)
            .Where(position => !directory[position].IsEmpty).Select(position => _archive.TryReadAsync(_network, _model, directory[position])));
        if (_counts is not { } counts) return null;
        _counts = null;
        foreach (ShardCounts some in gone) counts.Remove(some.Tasks, some.Layers);
        foreach (ReadMask mask in read)
            if (mask.Mask is not null) counts.Add(mask.Mask);
        return (counts, [.. read.Where(mask => mask.Failure is not null).Select(mask => mask.Failure!)]);
    }

    // Their records are gone; shards that were not told of the new directory still hold the masks. Null where one was.
    private async Task<ShardCounts[]?> CountRemovedAsync(TaskDirectory before, int[] removed)
    {
        ShardCounts[] counts = await Task.WhenAll(before.Parts(removed).Select(async part =>
        {
            try
            {
                return await _shards.Grain(part.Shard).CountAsync(part.Scope, CancellationToken.None);
            }
            catch (SupSupException e) when (e.Error == SupSupError.NotFound)
            {
                return new ShardCounts { IsBehind = true };
            }
        }));
        return counts.Any(some => some.IsBehind || !some.Failures.IsEmpty) ? null : counts;
    }

    private Task<(MaskCounts Counts, ImmutableArray<MaskFailure> Failures)> RecountAsync(TaskDirectory directory)
    {
        if (_whole is { } whole) Forget(whole);
        return CountAsync(directory, directory.Parts(directory.Occupied));
    }

    private async Task<(MaskCounts Counts, ImmutableArray<MaskFailure> Failures)> CountAsync(TaskDirectory directory, ImmutableArray<ShardPart> parts)
    {
        const int AtOnce = 8;
        MaskCounts counts = new(_network.Network.Shape);
        List<MaskFailure> failures = [];

        // Shards gather their masks meanwhile; their counts are some MB each, so not all are asked at once.
        foreach (ShardPart[] some in parts.Chunk(AtOnce))
        {
            foreach (ShardCounts answer in await Task.WhenAll(some.Select(part =>
                _shards.AskAsync(directory, part.Shard, shard => shard.CountAsync(part.Scope, CancellationToken.None), counted => counted.IsBehind))))
            {
                counts.Add(answer.Tasks, answer.Layers);
                failures.AddRange(answer.Failures);
            }
        }

        return (counts, [.. failures]);
    }
}
