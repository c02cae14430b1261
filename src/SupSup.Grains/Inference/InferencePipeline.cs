using SupSup.Core.Devices;
using SupSup.Core.Inference;
using SupSup.Core.Search;
using SupSup.Core.TaskInference;
using SupSup.Grains.Compute;
using SupSup.Grains.Coordinator;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Models;
using SupSup.Grains.Placement;
using SupSup.Grains.Storage;

namespace SupSup.Grains.Inference;

/// <summary>
/// A replica of the data path of inference: one forward and one backward through the superposition, the factors to every
/// shard, the best candidates back, the finalists run where their masks are. Each pass asks the coordinator what is new,
/// while the first arithmetic runs on what is known. Used in grain turns; arithmetic runs on the silo's inference threads.
/// </summary>
internal sealed class InferencePipeline : IInferencePath
{
    private const int Attempts = 3;

    // Images times weights, up to which a product is computed within a grain's turn: some 50 µs.
    private const long WithinATurn = 500_000;

    // A mask's run on an image by convolutions takes about so many times as long as by linear layers.
    private const int ConvolutionWork = 16;

    private readonly string _model;
    private readonly ModelNetwork _network;
    private readonly InferenceCompute _compute;
    private readonly int _mostRun;
    private readonly ShardCalls _shards;
    private readonly SuperpositionViews _views;
    private readonly TaskNameCache _names;
    private readonly Replicas _replicas;

    public InferencePipeline(
        string model, ModelNetwork network, InferenceCompute compute, int mostRun, MaskArchive archive, TimeProvider time,
        IGrainFactory grains, ShardCopies copies)
    {
        (_model, _network, _compute, _mostRun) = (model, network, compute, mostRun);
        _shards = new ShardCalls(
            model, network.Spec, grains, time,
            () => copies.Number((long)_views!.Tasks * network.Network.Shape.PackedBytes), () => copies.Others);
        _replicas = new Replicas(model, grains, () => copies.Others, time);
        _names = new TaskNameCache(grains.Coordinator(model), time);
        _views = new SuperpositionViews(model, network, compute, archive, time, grains, _shards, () => copies.IsAlone);
    }

    /// <summary>The definition of the model that it was made for.</summary>
    public ModelSpec Spec => _network.Spec;

    /// <summary>What it takes to infer the task of one image, in runs of a mask of linear layers, as far as this replica knows.</summary>
    public int Work => IsChain ? _views.Tasks : ConvolutionWork * _views.Tasks;

    // Superpositions and scans are of linear layers; masks of other networks are all run.
    private bool IsChain => _network.Network.Plan.IsDense;

    /// <summary>Rejects an invalid request before it joins a pass with others.</summary>
    /// <exception cref="SupSupException">InvalidRequest or NotFound.</exception>
    public void Check(InputBatch inputs, InferenceOptions options)
    {
        _network.Check(inputs);
        if (options.Shortlist is < 1 or > SearchRule.LargestShortlist)
            throw new SupSupException(
                SupSupError.InvalidRequest, $"a shortlist of {options.Shortlist} is invalid; use 1 to {SearchRule.LargestShortlist}");
        if (!(options.CertainAbove >= 0))
            throw new SupSupException(
                SupSupError.InvalidRequest, $"CertainAbove is {options.CertainAbove} standard deviations; use 0 or more");
        if (options.UnknownUpTo is { } upTo && !(upTo >= 0))
            throw new SupSupException(SupSupError.InvalidRequest, $"UnknownUpTo is {upTo} standard deviations; use 0 or more");
        if (options.UnknownRate is { } rate && !(rate is > 0 and <= 0.5))
            throw new SupSupException(SupSupError.InvalidRequest, $"UnknownRate is {rate}; use a share above 0 and up to 0.5");
        _ = Objective(options, _network.Spec.Classes);
        if (IsChain) return;
        if (!ByGradient(options)) CheckByEvidence(options);
        else if (TorchBackend.Find() is null)
            throw new SupSupException(
                SupSupError.InvalidRequest,
                $"the gradient of a superposition of network {_network.Network.Plan} needs libtorch; {TorchBackend.Missing}, or leave out "
                    + "what asks for it, so that all masks are run");
    }

    // As published: the best gradient is the answer.
    private static bool ByGradient(InferenceOptions options) => options.Shortlist == 1 || options.CertainAbove == 0;

    private void CheckByEvidence(InferenceOptions options)
    {
        string? asked = options.UnknownUpTo is not null ? "UnknownUpTo" : options.FirstLayerOnly ? "FirstLayerOnly" : null;
        if (asked is null) return;
        throw new SupSupException(
            SupSupError.InvalidRequest,
            $"{asked} goes by the gradient of a superposition, and of network {_network.Network.Plan} all masks are run without one; leave "
                + "it out and tell unknown inputs by UnknownRate, or ask for the gradient by a shortlist of 1");
    }

    /// <summary>Runs one pass.</summary>
    public async Task<Prediction[]> InferAsync(InputBatch inputs, InferenceOptions options, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            SuperpositionView? view = null;
            try
            {
                (view, FactorBatch? factors) = await BeginAsync(inputs, options, cancellationToken);
                Func<InputBatch, Task<FactorBatch>>? differentiate =
                    IsChain || !ByGradient(options) ? null : Differentiated(view, options, cancellationToken);
                Prediction[] answers = await new InferencePass(
                    view, inputs, factors, differentiate, options, _shards, cancellationToken).RunAsync();
                return await NamedAsync(answers, view.Directory, cancellationToken);
            }
            catch (SupSupException e) when (IsLost(e, view) && options.Candidates.IsDefault && attempt < Attempts)
            {
                // A mask that could be read when the superposition was counted was lost since, or its task was removed. A
                // newer superposition, which another pass made meanwhile, may count it too.
                if (view is not null) _views.Forget(view);
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
            throw new SupSupException(SupSupError.InvalidRequest, $"{tasks.Length} tasks for {inputs.Rows} rows; send one task per row");
        TaskDirectory directory = await _views.CatchUpAsync(tasks, cancellationToken);
        _replicas.Keep(directory.Revision);
        int[] positions = [.. tasks.Select(task => directory.Find(task)
            ?? throw new SupSupException(SupSupError.NotFound, $"task {task} of model '{_model}' is not learned; train it first"))];
        TaskPredictions result = new() { Classes = new int[tasks.Length], Entropies = new double[tasks.Length] };
        await Task.WhenAll(Enumerable.Range(0, tasks.Length).GroupBy(row => positions[row] / TaskDirectory.ShardSize).Select(async group =>
        {
            foreach (int[] rows in group.Chunk(IsChain ? int.MaxValue : ShardCalls.ConvolutionRuns))
            {
                FinalistBatch runs = new()
                {
                    Inputs = inputs.Select(rows),
                    Rows = [.. Enumerable.Range(0, rows.Length)],
                    Slots = [.. rows.Select(row => positions[row] % TaskDirectory.ShardSize)]
                };
                TaskPredictions outcome = await _shards.RunAsync(
                    directory, group.Key, directory.ShardRevision(group.Key), runs, cancellationToken);
                for (int n = 0; n < rows.Length; n++)
                    (result.Classes[rows[n]], result.Entropies[rows[n]]) = (outcome.Classes[n], outcome.Entropies[n]);
            }
        }));
        Dictionary<int, TaskNames> names = await _names.FindAsync(directory, tasks, cancellationToken);
        return result with
        {
            ClassNames = names.Values.All(some => some.Classes.IsEmpty) ? []
                : [.. tasks.Select((task, row) => names.GetValueOrDefault(task)?.ClassName(result.Classes[row]))],
            TaskNames = names.Values.All(some => some.Task is null) ? []
                : [.. tasks.Select(task => names.GetValueOrDefault(task)?.Task)],
        };
    }

    /// <summary>Brings the superposition up to date, where queries go by one.</summary>
    public async Task ReadyAsync(CancellationToken cancellationToken)
    {
        TaskDirectory directory = await _views.CatchUpAsync([], cancellationToken);
        if (directory.Count == 0 || !IsChain) return;
        _shards.KeepReady(directory);
        (await _views.HoldAsync(directory, new InferenceOptions(), cancellationToken)).Release();
    }

    private async Task<Prediction[]> NamedAsync(Prediction[] answers, TaskDirectory directory, CancellationToken cancellationToken)
    {
        Dictionary<int, TaskNames> names = await _names.FindAsync(directory, answers.Select(answer => answer.Task), cancellationToken);
        return names.Count == 0 ? answers :
        [
            .. answers.Select(answer => names.TryGetValue(answer.Task, out TaskNames? own)
                ? answer with { TaskName = own.Task, ClassName = own.ClassName(answer.Class) }
                : answer),
        ];
    }

    /// <summary>Frees native memory once the passes under way have ended.</summary>
    public void Dispose() => _views.Dispose();

    // What the pass is about, and its factors. The factors are computed on what this replica knows while the coordinator
    // is asked what is new; mostly nothing is, and the question costs no time.
    private async Task<(SuperpositionView View, FactorBatch? Factors)> BeginAsync(
        InputBatch inputs, InferenceOptions options, CancellationToken cancellationToken)
    {
        Task<TaskDirectory> catchingUp = _views.CatchUpAsync(
            options.Candidates.IsDefault ? [] : options.Candidates, cancellationToken);
        SuperpositionView? known = options.Candidates.IsDefault && IsChain ? _views.HoldKnown() : null;
        try
        {
            Task<FactorBatch>? early = known is null ? null : FactorsAsync(known, inputs, options, cancellationToken);
            await Task.WhenAll(catchingUp, early ?? Task.CompletedTask);
            _shards.KeepReady(await catchingUp);
            _replicas.Keep((await catchingUp).Revision);
            SuperpositionView view = await _views.HoldAsync(await catchingUp, options, cancellationToken);
            try
            {
                CheckUnknown(view, options);
                if (!IsChain && !ByGradient(options)) CheckRuns(view.Tasks);
                if (!IsChain) return (view, null);
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

    private void CheckUnknown(SuperpositionView view, InferenceOptions options)
    {
        if (options.UnknownUpTo is null || view.Tasks >= SearchRule.FewestMasksForSpread) return;
        throw new SupSupException(
            SupSupError.InvalidRequest,
            $"unknown-input detection needs at least {SearchRule.FewestMasksForSpread} tasks; this request has {view.Tasks} of model "
            + $"'{_model}'; learn more, name more candidates, or leave UnknownUpTo out");
    }

    private void CheckRuns(int tasks)
    {
        if (tasks <= _mostRun) return;
        throw new SupSupException(
            SupSupError.InvalidRequest,
            $"the task is sought among {tasks} of model '{_model}', and each mask of network {_network.Network.Plan} is run on each image "
                + $"(at most {_mostRun}, Compute:InferenceMasks); name fewer candidates, or raise the setting");
    }

    // Shards say that a task is not found where it was removed after the directory was looked at.
    private bool IsLost(SupSupException e, SuperpositionView? view) => e.Error switch
    {
        SupSupError.Damaged => view is not null,
        SupSupError.NotFound => view is not null || _views.Tasks > 0,
        _ => false,
    };

    private IObjective Objective(InferenceOptions options, int classes) => SupSupException.Checked(() =>
    {
        IObjective objective = Objectives.Choose(options.Objective, classes, _network.Spec.Outputs);
        objective.Check(classes, _network.Spec.Outputs);
        return objective;
    });

    private Func<InputBatch, Task<FactorBatch>> Differentiated(
        SuperpositionView view, InferenceOptions options, CancellationToken cancellationToken)
    {
        int classes = view.MostClasses(_network.Spec);
        IObjective objective = Objective(options, classes);
        FactorBatch Products(InputBatch query)
        {
            float[][] products = SupSupException.Checked(
                () => SuperimposedGradient.Products(_network.Network, view.Weights!, query.Values, objective, classes));
            return new FactorBatch
            {
                Rows = 1,
                Deltas = [],
                Activations = [],
                Products = [.. products.Take(options.FirstLayerOnly ? 1 : products.Length)],
            };
        }

        return query => _compute.RunAsync(() => Products(query), cancellationToken);
    }

    private Task<FactorBatch> FactorsAsync(
        SuperpositionView view, InputBatch inputs, InferenceOptions options, CancellationToken cancellationToken)
    {
        int classes = view.MostClasses(_network.Spec);
        IObjective objective = Objective(options, classes);
        FactorBatch Differentiate()
        {
            RankOneFactors factors = view.Network!.Differentiate(inputs.Values, inputs.Rows, objective, classes);
            int layers = options.FirstLayerOnly ? 1 : factors.Deltas.Length;
            return new FactorBatch { Rows = inputs.Rows, Deltas = factors.Deltas[..layers], Activations = factors.Activations[..layers] };
        }

        // One image takes less time than to wake a thread for it.
        return (long)inputs.Rows * _network.Network.Shape.ParameterCount <= WithinATurn
            ? Task.FromResult(Differentiate())
            : _compute.RunAsync(Differentiate, cancellationToken);
    }
}
