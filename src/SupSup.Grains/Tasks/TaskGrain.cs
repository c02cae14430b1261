using System.Collections.Immutable;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Tasks;
using SupSup.Grains.Compute;
using SupSup.Grains.Data;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Models;
using SupSup.Grains.Storage;

namespace SupSup.Grains.Tasks;

/// <summary>
/// One task. Reentrant, since training takes long and its progress, predictions and cancellation must get in between.
/// </summary>
[GrainType("task"), Reentrant]
public sealed class TaskGrain : Grain, ITaskGrain, IDisposable
{
    // Test images of a model with a reservoir in one recovery.
    private const int RecoveredAtOnce = 500;

    internal const string NoMask = "the mask of one task can neither be read nor written; make a model without storage for that";
    private const string NotGiven = "its task cannot be given; leave the task out, and send 16 images of one task or more";

    private static readonly TimeSpan WatchInterval = TimeSpan.FromMilliseconds(100);

    private readonly TaskStore _store;
    private readonly TaskLearning _learning;
    private readonly TrainingReporter _reporter;
    private readonly NetworkCatalog _networks;
    private readonly TaskDataLibrary _data;
    private readonly InferenceCompute _inference;

    // Decoded masks, as long as their files are in memory.
    private readonly ConditionalWeakTable<PackedMaskBlob, TaskMask> _masks = [];
    private readonly TimeProvider _time;
    private readonly string _model;
    private readonly int _index;
    private ModelNetwork? _network;
    private bool _leaving;

    /// <summary>Created by Orleans.</summary>
    public TaskGrain(
        IGrainContext context,
        GrainRecords records,
        MaskVersions versions,
        NetworkCatalog networks,
        TaskDataLibrary data,
        InferenceCompute inference,
        TrainingServices training,
        IOptions<TaskOptions> options,
        TimeProvider time)
    {
        (_model, _index) = GrainKeys.Split(context.GrainId.Key.ToString()!);
        _store = new TaskStore(records, versions, options.Value, time, context.GrainId, DeactivateOnIdle);
        _learning = new TaskLearning(_model, _index, _store, training, GrainFactory.Reservoir(_model), DelayDeactivation);
        _reporter = new TrainingReporter(this, GrainFactory.GetGrain<ITrainingBoardGrain>(_model), _learning, time);
        _networks = networks;
        _data = data;
        _inference = inference;
        _time = time;
    }

    private ICoordinatorGrain Coordinator => GrainFactory.Coordinator(_model);

    private string Name => $"{_model}/{_index}";

    /// <inheritdoc/>
    public async Task<TrainingProgress> TrainAsync(TrainingOrder order, CancellationToken cancellationToken)
    {
        _network = null; // the model may have been deleted, and another made
        ModelNetwork network = await NetworkAsync(cancellationToken);
        if (!order.NamesRecipe && FittingModel.Recipe(network.Spec, order.Data) is { } recipe) order = order with { Recipe = recipe };
        await _learning.StartAsync(order, network, Coordinator, cancellationToken);
        await _reporter.StartAsync();
        await CheckModelAsync(cancellationToken);
        return _learning.Progress();
    }

    /// <inheritdoc/>
    public async Task<StreamPosition> SubmitAsync(int number, LabelledBatch batch, CancellationToken cancellationToken)
    {
        ModelNetwork network = await NetworkAsync(cancellationToken);
        StreamPosition position = await _learning.Submitted.SubmitAsync(number, batch, network, Coordinator, cancellationToken);
        await _reporter.StartAsync();
        return position;
    }

    /// <inheritdoc/>
    public async Task<StreamPosition> FlushAsync(CancellationToken cancellationToken)
    {
        ModelNetwork network = await NetworkAsync(cancellationToken);
        return await _learning.Submitted.FlushAsync(finish: false, network, Coordinator, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<StreamPosition> FinishAsync(CancellationToken cancellationToken)
    {
        ModelNetwork network = await NetworkAsync(cancellationToken);
        return await _learning.Submitted.FlushAsync(finish: true, network, Coordinator, cancellationToken);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<TrainingProgress> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await _learning.OpenAsync();
        while (true)
        {
            TrainingProgress progress = _learning.Progress();
            if (_leaving && progress.State == TrainingState.Untrained)
                throw new SupSupException(
                    SupSupError.Unavailable, $"task {Name} leaves this silo; order it again, and its training continues");

            // A crash may have come between mask and directory: who is told that it is trained must be able to rely on it.
            if (progress.State == TrainingState.Trained) await _store.AcknowledgeAsync(Coordinator);
            yield return progress;
            if (progress.IsFinal) yield break;
            await Task.WhenAny(_learning.RunCompletion, Task.Delay(WatchInterval, _time, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <inheritdoc/>
    public Task CancelTrainingAsync(CancellationToken cancellationToken) => _learning.CancelAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task DeleteAsync(CancellationToken cancellationToken)
    {
        await _learning.DeleteAsync(cancellationToken);
        await GrainFactory.TaskData(_model, _index).DeleteAsync(cancellationToken);
        DeactivateOnIdle(); // a later model of the name may have another network
    }

    /// <inheritdoc/>
    public async Task RenameAsync(string name, CancellationToken cancellationToken)
    {
        await _store.OpenAsync();
        await _store.RenameAsync(name);
    }

    /// <inheritdoc/>
    public async Task<TaskSummary?> DescribeAsync(CancellationToken cancellationToken)
    {
        await _store.OpenAsync();
        return _store.Summary is { } summary
            ? summary with { Normalization = (await _data.NormalizationAsync(summary, _model)).Normalization }
            : null;
    }

    /// <inheritdoc/>
    public async Task<ImmutableArray<TaskVersion>> ListVersionsAsync(CancellationToken cancellationToken)
    {
        await _store.OpenAsync();
        _ = Trained();
        return [.. _store.Versions];
    }

    /// <inheritdoc/>
    public async Task<TaskSummary> RollBackAsync(int version, CancellationToken cancellationToken)
    {
        await RequireMaskAsync(NoMask, cancellationToken);
        return await _learning.RollBackAsync(version, Coordinator, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<VersionComparison> CompareAsync(int one, int other, TaskData? data, CancellationToken cancellationToken)
    {
        await RequireMaskAsync(NoMask, cancellationToken);
        ModelNetwork network = await NetworkAsync(cancellationToken);
        (TaskSummary Summary, PackedMaskBlob Mask) first = await LearnedAsync(one), second = await LearnedAsync(other);
        ReadOnlyMemory<byte> bits = Mask(network, first.Mask).Bits, others = Mask(network, second.Mask).Bits;
        VersionComparison compared = new()
        {
            One = first.Summary.Version,
            Other = second.Summary.Version,
            Weights = network.Network.Shape.ParameterCount,
            KeptByOne = Kept(bits.Span, bits.Span),
            KeptByOther = Kept(others.Span, others.Span),
            KeptByBoth = Kept(bits.Span, others.Span),
        };
        if ((data ?? Trained().Order.Data) is not { } tested)
            return compared with { Remark = $"task {Name} was learned from submitted batches, or imported; name data to test on" };
        try
        {
            (Evaluation right, int[] answers) = await TestAsync(first.Summary, first.Mask, tested, cancellationToken);
            (Evaluation otherRight, int[] otherAnswers) = await TestAsync(second.Summary, second.Mask, tested, cancellationToken);
            return compared with
            {
                OneTested = right,
                OtherTested = otherRight,
                SameAnswers = answers.Zip(otherAnswers).Count(pair => pair.First == pair.Second),
            };
        }
        catch (SupSupException e) when (data is null && e.Error is SupSupError.InvalidRequest or SupSupError.Unavailable)
        {
            return compared with { Remark = e.Message };
        }
    }

    /// <inheritdoc/>
    public async Task<LossPoint[]> GetCurveAsync(CancellationToken cancellationToken)
    {
        await _store.OpenAsync();
        _ = Trained();
        return [.. _store.Curve];
    }

    /// <inheritdoc/>
    public async Task<PackedMaskBlob> GetMaskAsync(CancellationToken cancellationToken) =>
        await GetMaskAsync(MaskFile.OldestVersion((await NetworkAsync(cancellationToken)).Network.Plan), cancellationToken);

    /// <inheritdoc/>
    public async Task<PackedMaskBlob> GetMaskAsync(int version, CancellationToken cancellationToken)
    {
        await RequireMaskAsync(NoMask, cancellationToken);
        (_, PackedMaskBlob stored) = await LearnedAsync();
        if (MaskFile.Version(stored.File) == version) return stored;
        ModelNetwork network = await NetworkAsync(cancellationToken);
        SupSupException.Checked(() => MaskFile.CheckHolds(version, network.Network.Plan));
        return stored with { File = MaskFile.Write(network.Network, Mask(network, stored), version) };
    }

    /// <inheritdoc/>
    public Task<TaskSummary> ImportAsync(byte[] file, CancellationToken cancellationToken) =>
        ImportAsync(file, new TaskDetails(), cancellationToken);

    /// <inheritdoc/>
    public async Task<TaskSummary> ImportAsync(byte[] file, TaskDetails details, CancellationToken cancellationToken)
    {
        await RequireMaskAsync(NoMask, cancellationToken);
        return await _learning.ImportAsync(file, details, await NetworkAsync(cancellationToken), Coordinator, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<TaskPredictions> PredictAsync(InputBatch inputs, CancellationToken cancellationToken)
    {
        await RequireMaskAsync(NotGiven, cancellationToken);
        return await PredictAsync(inputs, await LearnedAsync(), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<TaskPredictions> PredictAsync(InputBatch inputs, int version, CancellationToken cancellationToken)
    {
        await RequireMaskAsync(NotGiven, cancellationToken);
        return await PredictAsync(inputs, await LearnedAsync(version), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<float[]> ProbabilitiesAsync(InputBatch inputs, CancellationToken cancellationToken)
    {
        await RequireMaskAsync(NotGiven, cancellationToken);
        (TaskSummary learned, PackedMaskBlob blob) = await LearnedAsync();
        ModelNetwork network = await NetworkAsync(cancellationToken);
        network.Check(inputs);
        (int classes, int outputs) = (network.Spec.ClassesOf(learned.Classes ?? 0), network.Spec.Outputs);
        return await _inference.RunAsync(
            () =>
            {
                using IMaskedNetwork masked = network.Open(Mask(network, blob));
                ReadOnlySpan<float> logits = masked.Logits(inputs.Values, inputs.Rows);
                float[] probabilities = new float[inputs.Rows * classes];
                for (int row = 0; row < inputs.Rows; row++)
                {
                    // Less the largest, which is then 1: exponentials of large logits are infinite.
                    ReadOnlySpan<float> own = logits.Slice(row * outputs, classes);
                    Span<float> shares = probabilities.AsSpan(row * classes, classes);
                    TensorPrimitives.Subtract(own, TensorPrimitives.Max(own), shares);
                    TensorPrimitives.SoftMax(shares, shares);
                }

                return probabilities;
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<TaskPredictions> PredictSoFarAsync(InputBatch inputs, CancellationToken cancellationToken)
    {
        ModelNetwork network = await NetworkAsync(cancellationToken);
        return await _learning.Submitted.SoFarAsync(network, cancellationToken) is var (mask, order)
            ? await RunAsync(_ => mask, order.ClassesFor(network.Spec), order.Names, inputs, cancellationToken)
            : await PredictAsync(inputs, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<Evaluation> EvaluateAsync(TaskData? data, CancellationToken cancellationToken)
    {
        ModelNetwork network = await NetworkAsync(cancellationToken);
        await _store.OpenAsync();
        (TaskSummary learned, PackedMaskBlob? blob) = network.Spec.HasReservoir ? (Trained(), null) : await LearnedAsync();
        return (await TestAsync(learned, blob, data, cancellationToken)).Right;
    }

    /// <inheritdoc/>
    public async Task<Evaluation> EvaluateAsync(TaskData? data, int version, CancellationToken cancellationToken)
    {
        await RequireMaskAsync(NoMask, cancellationToken);
        (TaskSummary learned, PackedMaskBlob blob) = await LearnedAsync(version);
        return (await TestAsync(learned, blob, data, cancellationToken)).Right;
    }

    // Also the classes that the mask gives; of a mask in a reservoir none.
    private async Task<(Evaluation Right, int[] Answers)> TestAsync(
        TaskSummary learned, PackedMaskBlob? blob, TaskData? data, CancellationToken cancellationToken)
    {
        const int Chunk = 500;
        ModelNetwork network = await NetworkAsync(cancellationToken);
        List<int> answers = [];
        ClassificationTask task = await _data.OpenAsync(
            data ?? learned.Order.Data ?? throw new SupSupException(
                SupSupError.InvalidRequest, $"task {Name} was trained on submitted batches; name the data to evaluate it on"),
            network.Spec,
            _model);
        if (task.Inputs != network.Spec.Inputs)
            throw new SupSupException(
                SupSupError.InvalidRequest, $"the data have {task.Inputs} inputs, but model {_model} has {network.Spec.Inputs}");
        int[] numbers = ClassNumbers.Of(task, data is null ? [] : learned.Names?.Classes ?? [], Name);
        int correct = blob is null ? await RecoveredAsync(task, numbers, cancellationToken) : await _inference.RunAsync(
            () =>
            {
                using IMaskedNetwork masked = network.Open(Mask(network, blob));
                int right = 0;
                for (int start = 0; start < task.TestCount; start += Chunk)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    (float[] inputs, int[] labels) = task.Test(start, Math.Min(Chunk, task.TestCount - start));
                    MaskPrediction[] read = masked.Predict(
                        inputs, labels.Length, network.Spec.ClassesOf(learned.Classes ?? 0));
                    right += labels.Where((label, row) => numbers[label] == read[row].Class).Count();
                    answers.AddRange(read.Select(row => row.Class));
                }

                return right;
            },
            cancellationToken);
        bool isChanged = learned.DataChecksum is { } then && then != task.Dataset.Checksum
            && (data ?? learned.Order.Data)!.Dataset == learned.Order.Data?.Dataset;
        Evaluation found = new(correct, task.TestCount, isChanged
            ? $"{task.Dataset.Name} has changed since task {Name} was learned (checksum {learned.DataChecksum} then, "
                + $"{task.Dataset.Checksum} now)"
            : null);
        return (found, [.. answers]);
    }

    /// <inheritdoc/>
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _leaving = true;
        return _learning.SuspendAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _reporter.Dispose();
        _learning.Dispose();
        _store.Dispose();
    }

    private async Task<TaskPredictions> RunAsync(
        Func<ModelNetwork, TaskMask> mask, int classes, TaskNames? names, InputBatch inputs, CancellationToken cancellationToken)
    {
        ModelNetwork network = await NetworkAsync(cancellationToken);
        network.Check(inputs);
        return await _inference.RunAsync(
            () =>
            {
                using IMaskedNetwork masked = network.Open(mask(network));
                MaskPrediction[] read = masked.Predict(inputs.Values, inputs.Rows, classes);
                return new TaskPredictions
                {
                    Classes = [.. read.Select(row => row.Class)],
                    Entropies = [.. read.Select(row => row.Entropy)],
                    Evidence = [.. read.Select(row => row.Evidence)],
                    ClassNames = names is { Classes.IsEmpty: false } ? [.. read.Select(row => names.ClassName(row.Class))] : [],
                    TaskNames = names?.Task is { } own ? [.. Enumerable.Repeat(own, read.Length)] : [],
                };
            },
            cancellationToken);
    }

    // A deletion of the model that began before the training was on the board does not know of it.
    private async Task CheckModelAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Coordinator.GetSpecAsync(cancellationToken);
        }
        catch (SupSupException e) when (e.Error == SupSupError.NotFound)
        {
            await DeleteAsync(cancellationToken);
            throw;
        }
    }

    // Batch after batch, each of which finds its mask: right are those classes that this task's mask gave.
    private async Task<int> RecoveredAsync(ClassificationTask task, int[] numbers, CancellationToken cancellationToken)
    {
        int parts = Math.Max(1, task.TestCount / RecoveredAtOnce), right = 0;
        for (int part = 0; part < parts; part++)
        {
            int start = (int)((long)task.TestCount * part / parts), end = (int)((long)task.TestCount * (part + 1) / parts);
            (float[] inputs, int[] labels) = task.Test(start, end - start);
            RecoveredBatch found = await GrainFactory.Reservoir(_model).RecoverAsync(
                new InputBatch { Rows = labels.Length, Values = inputs }, cancellationToken);
            if (found.Task == _index) right += labels.Where((label, row) => numbers[label] == found.Classes[row]).Count();
        }

        return right;
    }

    private async Task RequireMaskAsync(string otherwise, CancellationToken cancellationToken) =>
        (await NetworkAsync(cancellationToken)).Spec.Refuse(_model, otherwise);

    private TaskMask Mask(ModelNetwork network, PackedMaskBlob blob) => _masks.GetValue(blob, file => network.Read(file, Name));

    private TaskSummary Trained() => _store.Summary
        ?? throw new SupSupException(SupSupError.NotFound, $"task {Name} is not trained; train it first");

    // The version in force, or another that is kept, with its mask.
    private async Task<(TaskSummary Summary, PackedMaskBlob Mask)> LearnedAsync(int? version = null)
    {
        await _store.OpenAsync();
        TaskSummary summary = version is { } asked ? _learning.Find(asked).Summary : Trained();
        return (summary, await _store.MaskAsync(summary) ?? throw new SupSupException(
            SupSupError.Damaged,
            $"the stored mask of task {Name} is missing; restore it from a backup, or order the task again ({summary.Order}) to make "
                + "the same mask"));
    }

    private async Task<TaskPredictions> PredictAsync(
        InputBatch inputs, (TaskSummary Summary, PackedMaskBlob Mask) learned, CancellationToken cancellationToken)
    {
        int classes = (await NetworkAsync(cancellationToken)).Spec.ClassesOf(learned.Summary.Classes ?? 0);
        return await RunAsync(network => Mask(network, learned.Mask), classes, learned.Summary.Names, inputs, cancellationToken);
    }

    private static int Kept(ReadOnlySpan<byte> bits, ReadOnlySpan<byte> others)
    {
        int kept = 0;
        for (int n = 0; n < bits.Length; n++) kept += BitOperations.PopCount((uint)(bits[n] & others[n]));
        return kept;
    }

    private async Task<ModelNetwork> NetworkAsync(CancellationToken cancellationToken) =>
        _network ??= _networks.Open(await Coordinator.GetSpecAsync(cancellationToken));
}
