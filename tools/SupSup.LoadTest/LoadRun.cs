using System.IO.Hashing;
using System.Text;
using SupSup.Cli.Output;
using SupSup.Client;
using SupSup.Core.Datasets;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Training;
using SupSup.Grains.Interfaces.Models;
using SupSup.LocalCluster;

namespace SupSup.LoadTest;

/// <summary>
/// The load test: tasks are learned and asked about at once, warm, at peak, while silos are killed, and by a cluster that
/// has just started; an audit at the end proves that nothing acknowledged was lost.
/// </summary>
/// <param name="options">What was asked for.</param>
/// <param name="cluster">The cluster where it was started here; else null, and nothing is killed.</param>
/// <param name="connect">How to reach the cluster.</param>
/// <param name="dataset">The images.</param>
/// <param name="display">Progress.</param>
internal sealed class LoadRun(
    LoadOptions options, ClusterOnLoopback? cluster, Func<SupSupClientOptions> connect, Dataset dataset, ProgressDisplay display)
{
    private const int AuditAtOnce = 16;

    // Seconds after which a cluster that runs again, but answers nothing right, is given up.
    private const double Patience = 120;

    private static readonly TimeSpan MemoryEvery = TimeSpan.FromSeconds(1);

    private readonly LoadClock _clock = new();
    private readonly LoadErrors _errors = new();
    private readonly LearnedTasks _learned = new();
    private readonly LoadData _data = new(dataset, options);
    private readonly List<LoadPhase> _phases = [];
    private readonly List<LoadFault> _faults = [];
    private readonly List<QuerySample> _samples = [];
    private Soak? _soak;

    public async Task<LoadReport> RunAsync(CancellationToken stop)
    {
        SupSupClientOptions client = connect();
        client.Retry = new RetryOptions { OnRetry = _errors.Retried };
        await using SupSupConnection connection = await SupSupConnection.ConnectAsync(client, stop);
        ModelSpec spec = new()
        {
            Inputs = dataset.Train.Shape.Length,
            Hidden = options.Hidden,
            Outputs = options.Outputs,
            Classes = dataset.Classes,
            Seed = options.Seed
        };
        SupSupModel model = await connection.Client.CreateAsync(options.Model, spec, stop);
        int known = (await model.DescribeAsync(stop)).Tasks.Length;
        if (known > 0) display.Line($"model {options.Model} has {known} tasks already; those that this run asks for are not learned again");

        Learners learners = new(model, _data, _learned, options, _errors);
        Queriers queriers = new(model, _data, _learned, options, _clock, _errors);
        int before = options.Tasks - options.ChurnTasks;
        if (before > 0) await LearnAsync("learn", learners, queriers, 0, before, null, stop);
        if (_learned.Tasks.Count > 0)
        {
            await AskAsync("warm", queriers, options.Rate, options.WarmSeconds, stop);
            await AskAsync("peak", queriers, 0, options.WarmSeconds, stop);
            if (options.SoakSeconds > 0) await SoakAsync(queriers, stop);
        }

        if (options.ChurnTasks > 0) await ChurnAsync(learners, queriers, before, stop);
        (double Start, double Answer)? cold = cluster is not null && options.Burst > 0
            && _learned.Tasks.Count > 0 ? await ColdAsync(model, queriers, stop) : null;
        double[] memory = Memory();
        Audit audit = await AuditAsync(model, spec, stop);
        LoadPhase? warm = _phases.Find(phase => phase.Name == "warm");
        LoadReport report = new()
        {
            Model = options.Model,
            Dataset = options.Dataset,
            Network = string.Join('-', options.Hidden),
            Recipe = options.Recipe,
            Batches = options.Batches,
            Seed = options.Seed,
            Silos = cluster?.Silos.Count ?? 0,
            Learners = options.Learners,
            Streaming = options.Streaming,
            Queriers = options.Queriers,
            Rate = options.Rate,
            Rows = options.Rows,
            Tasks = options.Tasks,
            AcknowledgedTasks = _learned.Summaries.Count,
            LostTasks = audit.Lost,
            LostBatches = learners.LostBatches,
            ChangedMasks = audit.Changed,
            VerifiedMasks = audit.Verified,
            ChangedPredictions = audit.ChangedPredictions,
            Errors = _errors.Errors,
            ErrorMessages = _errors.Messages,
            QueriesPerSecond = Math.Round(_phases.Find(phase => phase.Name == "peak")?.QueriesPerSecond ?? 0, 1),
            P50Ms = warm?.P50Ms ?? 0,
            P90Ms = warm?.P90Ms ?? 0,
            P99Ms = warm?.P99Ms ?? 0,
            P999Ms = warm?.P999Ms ?? 0,
            RecoverySeconds = _faults.Where(
                fault => fault.What.EndsWith(FaultInjector.Killed, StringComparison.Ordinal)).Max(fault => fault.RecoverySeconds),
            ColdStartSeconds = cold?.Start,
            ColdAnswerSeconds = cold?.Answer,
            SiloMemoryMb = memory,
            Soak = _soak,
            MasksDigest = audit.Digest,
            TotalSeconds = Math.Round(_clock.Seconds, 1),
            Out = options.Out,
            Phases = _phases,
            Faults = _faults,
        };
        LoadFiles.Write(report, _samples);
        return report;
    }

    // Learners work while queries come at the set rate; faults, if any, are injected meanwhile.
    private async Task LearnAsync(
        string name, Learners learners, Queriers queriers, int from, int to, Func<CancellationToken, Task>? faults, CancellationToken stop)
    {
        (double start, int learnedBefore, int retriesBefore) = (_clock.Seconds, _learned.Tasks.Count, _errors.Retries);
        using CancellationTokenSource learned = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using CancellationTokenSource asked = CancellationTokenSource.CreateLinkedTokenSource(stop);
        List<QuerySample> samples = [];
        await display.RunAsync(name, to - from, async stage =>
        {
            Task<List<QuerySample>> asking = queriers.RunAsync(options.Rate, int.MaxValue, from, asked.Token);
            Task faulting = faults?.Invoke(learned.Token) ?? Task.CompletedTask;
            try
            {
                await learners.RunAsync(from, to, stage, stop);
            }
            finally
            {
                await learned.CancelAsync();
                try
                {
                    await faulting;
                }
                finally
                {
                    await asked.CancelAsync();
                    samples = await asking;
                }
            }
        });
        Add(name, start, learnedBefore, retriesBefore, samples);
    }

    // The memory is looked at all the time, while queries come at half of the rate that the peak showed to be possible.
    private async Task SoakAsync(Queriers queriers, CancellationToken stop)
    {
        double rate = Math.Max(1, Math.Round(_phases.Find(phase => phase.Name == "peak")!.QueriesPerSecond / 2, 1));
        List<MemorySample> samples = [];
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task watching = WatchAsync();
        await AskAsync("soak", queriers, rate, options.SoakSeconds, stop);
        await end.CancelAsync();
        await watching;
        _soak = new Soak { Rate = rate, Memory = samples };
        if (_soak.Growth is { } growth) display.Line($"soak: memory grew by {growth:P2} at most");

        async Task WatchAsync()
        {
            while (!end.IsCancellationRequested)
            {
                samples.Add(new(Math.Round(_clock.Seconds, 1), Memory()));
                await Task.Delay(MemoryEvery, end.Token).ContinueWith(_ => { }, TaskScheduler.Default);
            }
        }
    }

    private double[] Memory() => [.. cluster?.Silos.Select(silo => Math.Round(silo.MemoryBytes / 1e6, 1)) ?? []];

    private async Task AskAsync(string name, Queriers queriers, double rate, double seconds, CancellationToken stop)
    {
        (double start, int learnedBefore, int retriesBefore) = (_clock.Seconds, _learned.Tasks.Count, _errors.Retries);
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        end.CancelAfter(TimeSpan.FromSeconds(seconds));
        List<QuerySample> samples = [];
        await display.RunAsync(name, 1, async stage =>
        {
            samples = await queriers.RunAsync(rate, int.MaxValue, _phases.Count, end.Token);
            stage.Advance(1);
        });
        stop.ThrowIfCancellationRequested();
        Add(name, start, learnedBefore, retriesBefore, samples);
    }

    private void Add(string name, double start, int learnedBefore, int retriesBefore, List<QuerySample> samples)
    {
        LoadPhase phase = LoadPhase.Of(name, start, _clock.Seconds - start, options.Rows, _learned.Tasks.Count - learnedBefore,
            _errors.Retries - retriesBefore, samples);
        _phases.Add(phase);
        _samples.AddRange(samples);
        display.Line(
            $"{name}: {phase.TasksLearned} tasks, {phase.Queries} queries, {phase.QueriesPerSecond:F0}/s, p50 {phase.P50Ms:F1} ms, p99 "
                + $"{phase.P99Ms:F1} ms, {phase.Errors} errors");
    }

    private async Task ChurnAsync(Learners learners, Queriers queriers, int from, CancellationToken stop)
    {
        if (cluster is null || options.KillEvery <= 0)
        {
            await LearnAsync("churn", learners, queriers, from, options.Tasks, null, stop);
            return;
        }

        await using SupSupConnection probing = await RecoveryProbe.ConnectAsync(connect(), stop);
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        RecoveryProbe probe = new(await probing.Client.OpenAsync(options.Model, stop), _data, _learned, _clock);
        Task watching = probe.RunAsync(end.Token);
        FaultInjector injector = new(cluster, options, _clock, display.Line);
        try
        {
            await LearnAsync("churn", learners, queriers, from, options.Tasks, learned => injector.RunAsync(learned, stop), stop);

            // The last fault, too, has its time to be recovered from.
            if (!await probe.AnsweredAsync(Patience, stop))
                _errors.Failed("recovery", new TimeoutException($"no query was answered within {Patience} s of the last fault"));
        }
        finally
        {
            await end.CancelAsync();
            await watching;
        }

        _faults.AddRange(probe.Recoveries(injector.Faults));
    }

    // All silos stop and start again; then many ask at once.
    private async Task<(double ColdStart, double ColdAnswer)> ColdAsync(SupSupModel model, Queriers queriers, CancellationToken stop)
    {
        (double began, double ready, double first) = (0, 0, 0);
        List<QuerySample> samples = [];
        (int learnedBefore, int retriesBefore) = (0, 0);
        await display.RunAsync("cold start", 1, async stage =>
        {
            await cluster!.StopSilosAsync();
            began = _clock.Seconds;
            await cluster.StartSilosAsync(stop);
            (ready, learnedBefore, retriesBefore) = (_clock.Seconds, _learned.Tasks.Count, _errors.Retries);
            Task<List<QuerySample>> burst = queriers.RunAsync(0, options.Burst, -1, stop);
            int task = _learned.Tasks[^1];

            // Not always the same image, which may be one of the few that are never traced to their task.
            for (int image = 0; (await model.InferAsync(_data.Images(task, image, 1), new InferenceOptions { FirstLayerOnly = true },
                stop))[0] is var answer && (answer.Task != task || answer.LeftOut > 0); image++)
            {
                if (_clock.Seconds - ready < Patience) continue;
                _errors.Failed(
                    "cold start",
                    new TimeoutException($"no right answer within {Patience} s; the last was task {answer.Task} for {task}, with "
                        + $"{answer.LeftOut} tasks left out"));
                break;
            }

            first = _clock.Seconds;
            samples = await burst;
            stage.Advance(1);
        });
        Add("cold burst", ready, learnedBefore, retriesBefore, samples);
        _faults.Add(new LoadFault("all silos restarted", Math.Round(began, 3), null));
        return (Math.Round(first - began, 3), Math.Round(first - ready, 3));
    }

    private async Task<Audit> AuditAsync(SupSupModel model, ModelSpec spec, CancellationToken stop)
    {
        Audit audit = new();
        await display.RunAsync("audit", _learned.Summaries.Count + options.Verify, async stage =>
        {
            FixedNetwork network = new(NetworkPlan.Dense(spec.Inputs, spec.Hidden, spec.Outputs), spec.Seed, spec.WeightsVersion);
            Dictionary<int, TaskSummary> present = (await model.DescribeAsync(stop)).Tasks.ToDictionary(task => task.Task);
            foreach (int[] some in _learned.Summaries.Keys.Order().Chunk(AuditAtOnce))
            {
                await Task.WhenAll(some.Select(async task =>
                {
                    await AuditAsync(model, network, _learned.Summaries[task], present.GetValueOrDefault(task), audit, stop);
                    stage.Advance(1);
                }));
            }

            int[] sample = [.. _learned.Summaries.Keys.Order()];
            new Random(7).Shuffle(sample);
            await Parallel.ForEachAsync(sample.Take(options.Verify), stop, (task, token) =>
            {
                TrainedMask trained = TaskTrainer.Train(
                    network, MaskRules.Get(spec.MaskRule), _data.Recipe,
                    new TrainingJob { Data = _data.Task(task), Index = task, Stop = token });
                audit.Verify(MaskFile.Checksum(MaskFile.Write(network, trained.Mask)) == _learned.Summaries[task].Checksum);
                stage.Advance(1);
                return ValueTask.CompletedTask;
            });
        });
        string checksums = string.Join(
            '\n', _learned.Summaries.OrderBy(task => task.Key).Select(task => $"{task.Key} {task.Value.Checksum}"));
        audit.Digest = Convert.ToHexStringLower(XxHash128.Hash(Encoding.UTF8.GetBytes(checksums)));
        return audit;
    }

    private async Task AuditAsync(
        SupSupModel model, FixedNetwork network, TaskSummary acknowledged, TaskSummary? present, Audit audit, CancellationToken stop)
    {
        if (present is null || present.Checksum != acknowledged.Checksum)
        {
            audit.Lose();
            return;
        }

        try
        {
            PackedMaskBlob mask = await model.GetMaskAsync(acknowledged.Task, stop);
            if (!IsWhole(network, mask, acknowledged)) audit.Change();
            int @class =
                (await model.PredictAsync([acknowledged.Task], _data.Images(acknowledged.Task, acknowledged.Task, 1), stop)).Classes[0];
            if (_learned.Classes.TryGetValue(acknowledged.Task, out int then) && then != @class) audit.ChangePrediction();
        }
        catch (SupSupException e)
        {
            // One that cannot be read is lost; the others are still audited.
            if (e.Error is SupSupError.Damaged or SupSupError.NotFound) audit.Lose();
            _errors.Failed($"audit of task {acknowledged.Task}", e);
        }
    }

    // The checksum stands at the file's end: the bits must be those that it is of, too.
    private static bool IsWhole(FixedNetwork network, PackedMaskBlob mask, TaskSummary acknowledged)
    {
        try
        {
            MaskFile.Read(network, mask.File, $"of task {acknowledged.Task}");
            return MaskFile.Checksum(mask.File) == acknowledged.Checksum;
        }
        catch (MaskFileException)
        {
            return false;
        }
    }
}
