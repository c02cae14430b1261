using System.Collections.Immutable;
using SupSup.Core.Banks;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Grains.Compute;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Models;

namespace SupSup.Grains.Coordinator;

/// <summary>
/// The data path of inference: one forward and one backward through the superposition, the factors to every shard, the
/// best candidates back, the finalists run where their masks are. Used in grain turns; arithmetic runs on the silo's
/// inference threads.
/// </summary>
internal sealed class InferencePipeline : IDisposable
{
    private const int MasksFetchedSingly = 16;
    private const int MaxShortlist = 64;

    // Images times weights, up to which a product is computed within a grain's turn: some 50 µs.
    private const long WithinATurn = 500_000;

    private readonly string _model;
    private readonly ModelNetwork _network;
    private readonly InferenceCompute _compute;
    private readonly IGrainFactory _grains;

    // Not disposed: passes may still wait for it when the grain ends.
    private readonly SemaphoreSlim _building = new(1);
    private MaskCounts? _counts;
    private SuperpositionView? _whole;
    private SuperpositionView? _restricted;
    private ImmutableArray<int> _restriction = [];

    public InferencePipeline(string model, ModelNetwork network, InferenceCompute compute, IGrainFactory grains)
    {
        _model = model;
        _network = network;
        _compute = compute;
        _grains = grains;
    }

    /// <summary>Refuses what cannot be meant, before it joins a pass with others.</summary>
    /// <exception cref="SupSupException">InvalidRequest or NotFound.</exception>
    public void Check(TaskDirectory directory, InputBatch inputs, InferenceOptions options)
    {
        _network.Check(inputs);
        if (options.Shortlist is < 1 or > MaxShortlist)
            throw new SupSupException(SupSupError.InvalidRequest, $"a shortlist of {options.Shortlist} is not possible; use 1 to {MaxShortlist}");
        if (!(options.CertainAbove >= 0))
            throw new SupSupException(SupSupError.InvalidRequest, $"a lead of {options.CertainAbove} standard deviations cannot make a gradient certain; use 0 or more");
        try
        {
            Objective(options).Check(_network.Spec.Classes, _network.Spec.Outputs);
        }
        catch (ArgumentException e)
        {
            throw new SupSupException(SupSupError.InvalidRequest, e.Message);
        }

        if (directory.Count == 0)
            throw new SupSupException(SupSupError.NotFound, $"model '{_model}' has learned no task yet; train one first");
        if (!options.Candidates.IsDefault) _ = Positions(directory, options.Candidates);
    }

    /// <summary>Runs one pass.</summary>
    public async Task<Prediction[]> InferAsync(TaskDirectory directory, InputBatch inputs, InferenceOptions options, CancellationToken cancellationToken)
    {
        SuperpositionView view = await ViewAsync(directory, options);
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            FactorBatch factors = await FactorsAsync(view, inputs, options, cancellationToken);
            RowSearch[] searches = [.. Enumerable.Range(0, inputs.Rows).Select(_ => new RowSearch(view.Tasks, options))];
            int[] all = [.. Enumerable.Range(0, inputs.Rows)];
            await ScanAsync(view, factors, all, searches, options, full: view.Tasks < OneShotSearch.FewestForCoarse, cancellationToken);
            while (true)
            {
                if (searches.Any(search => search.NeedsFullScan))
                    await ScanAsync(view, factors, [.. all.Where(row => searches[row].NeedsFullScan)], searches, options, full: true, cancellationToken);
                if (!await RunAsync(view, factors, searches, cancellationToken)) return [.. searches.Select(search => search.Answer())];
            }
        }
        finally
        {
            view.Release();
        }
    }

    /// <summary>Runs each row by the mask of its own task.</summary>
    public async Task<TaskPredictions> PredictAsync(TaskDirectory directory, InputBatch inputs, int[] tasks, CancellationToken cancellationToken)
    {
        _network.Check(inputs);
        if (tasks.Length != inputs.Rows)
            throw new SupSupException(SupSupError.InvalidRequest, $"{tasks.Length} tasks do not fit {inputs.Rows} rows; send one task per row");
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
        _whole?.Release();
        _restricted?.Release();
        _whole = _restricted = null;
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
        ShardScores[] answers = await Task.WhenAll(view.Parts.Select(part => AskAsync(
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
        (await AskAsync(directory, shard, grain => grain.RunAsync(revision, finalists, cancellationToken), answer => answer is null))!;

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

    // A shard that was moved or restarted knows nothing: it is told its assignment, and asked again. What it gathers
    // serves every later query, so no single caller's cancellation ends it.
    private async Task<T> AskAsync<T>(TaskDirectory directory, int shard, Func<IShardGrain, Task<T>> ask, Func<T, bool> isBehind)
    {
        const int Attempts = 3;
        IShardGrain grain = _grains.GetGrain<IShardGrain>(GrainKeys.Shard(_model, shard));
        for (int attempt = 1; ; attempt++)
        {
            T answer = await ask(grain);
            if (!isBehind(answer)) return answer;
            if (attempt == Attempts)
                throw new SupSupException(SupSupError.Unavailable, $"shard {shard} of model '{_model}' lost its masks {Attempts} times in one query; ask again");
            await grain.AssignAsync(directory.Assignment(_network.Spec, shard), CancellationToken.None);
        }
    }

    private async Task<SuperpositionView> ViewAsync(TaskDirectory directory, InferenceOptions options)
    {
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
        if (_whole is { } whole && whole.Directory.Revision >= directory.Revision) return whole.Hold();
        ImmutableArray<ShardPart> parts = directory.Parts(Enumerable.Range(0, directory.Count));
        int added = directory.Count - (_counts?.Tasks ?? 0);

        // A few new tasks cost one mask each. Many, as after a start, are counted by the shards; so are replaced ones.
        bool onlyAdded = _whole is not null && _counts is not null
            && added <= MasksFetchedSingly && directory.Revision - _whole.Directory.Revision == Enumerable.Range(_counts.Tasks, added).Sum(position => (long)directory[position].Version);
        if (onlyAdded)
        {
            PackedMaskBlob[] blobs = await Task.WhenAll(Enumerable.Range(_counts!.Tasks, added)
                .Select(position => _grains.GetGrain<ITaskGrain>(GrainKeys.Task(_model, directory[position].Task)).GetMaskAsync(CancellationToken.None)));
            PackedMask[] masks = [.. blobs.Select(blob => _network.Read(blob, GrainKeys.Task(_model, blob.Task)))];
            foreach (PackedMask mask in masks) _counts.Add(mask);
        }
        else
        {
            _counts = null;
            _counts = await CountAsync(directory, parts);
        }

        SuperpositionView view = new(directory, parts, directory.Count, await SuperimposeAsync(_counts));
        _whole?.Release();
        _whole = view;
        return view.Hold();
    }

    private async Task<SuperpositionView> RestrictedAsync(TaskDirectory directory, ImmutableArray<int> positions)
    {
        if (_restricted is { } restricted && _restriction.AsSpan().SequenceEqual(positions.AsSpan())
            && positions.All(position => restricted.Directory[position].Version == directory[position].Version)) return restricted.Hold();
        ImmutableArray<ShardPart> parts = directory.Parts(positions);
        SuperpositionView view = new(directory, parts, positions.Length, await SuperimposeAsync(await CountAsync(directory, parts)));
        _restricted?.Release();
        _restricted = view;
        _restriction = positions;
        return view.Hold();
    }

    private Task<EffectiveNetwork> SuperimposeAsync(MaskCounts counts) =>
        _compute.RunAsync(() => EffectiveNetwork.Of(_network.Network, counts), CancellationToken.None);

    private async Task<MaskCounts> CountAsync(TaskDirectory directory, ImmutableArray<ShardPart> parts)
    {
        MaskCounts counts = new(_network.Network.Shape);
        foreach (ShardPart part in parts)
        {
            ShardCounts answer = await AskAsync(directory, part.Shard, shard => shard.CountAsync(part.Scope, CancellationToken.None), counted => counted.IsBehind);
            counts.Add(answer.Tasks, answer.Layers);
        }

        return counts;
    }
}
