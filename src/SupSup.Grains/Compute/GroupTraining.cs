using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SupSup.Core.Devices;
using SupSup.Core.Training;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Models;

namespace SupSup.Grains.Compute;

/// <summary>
/// Trains on one device, from one thread: what waits at the same time and shares network, rule, recipe, dataset and
/// position becomes one group. The oldest training decides which group is next; while a group is trained, the next gathers. Of a group
/// with a task whose loss is not finite, the others are trained again without it.
/// </summary>
public sealed partial class GroupTraining : ITaskTraining, IDisposable
{
    private readonly object _gate = new();
    private readonly List<WaitingJob> _waiting = [];
    private readonly CancellationTokenSource _closing = new();
    private readonly ComputeOptions _options;
    private readonly ILogger<GroupTraining> _logger;
    private readonly IGroupTrainers _torch;
    private readonly ComputeDevice _device;
    private readonly Thread _thread;
    private IGroupTrainer _trainer;

    /// <summary>Starts the device's thread.</summary>
    /// <param name="options">Which device, and how many tasks at once.</param>
    /// <param name="logger">Hears of every group.</param>
    /// <exception cref="ArgumentException">The device is not available, or this is a build without libtorch.</exception>
    public GroupTraining(IOptions<ComputeOptions> options, ILogger<GroupTraining> logger)
    {
        _options = options.Value;
        _logger = logger;
        _device = ComputeDevice.Parse(_options.Device);
        _torch = TorchBackend.Get<IGroupTrainers>();
        _trainer = MakeTrainer();
        _thread = new Thread(Work) { IsBackground = true, Name = $"supsup {_device}" };
        _thread.Start();
    }

    /// <inheritdoc/>
    public async Task<TrainedMask> TrainAsync(ModelNetwork network, Recipe recipe, TrainingJob job)
    {
        job.CheckFits(network.Network.Plan, recipe);
        WaitingJob waiting = new(network, recipe, job, Stopwatch.GetTimestamp());
        using CancellationTokenRegistration stop = job.Stop.Register(() =>
        {
            waiting.Cancel(job.Stop);
            lock (_gate) _waiting.Remove(waiting);
        });
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closing.IsCancellationRequested, this);
            if (!waiting.Outcome.IsCompleted) _waiting.Add(waiting);
            Monitor.PulseAll(_gate);
        }

        return await waiting.Outcome;
    }

    /// <summary>Stops the group under way and ends what waits; returns when the device is free.</summary>
    public void Dispose()
    {
        if (_closing.IsCancellationRequested) return;
        lock (_gate)
        {
            _closing.Cancel();
            Monitor.PulseAll(_gate);
        }

        _thread.Join();
        foreach (WaitingJob job in _waiting) job.Cancel(_closing.Token);
        _trainer.Dispose();
        _closing.Dispose();
    }

    private IGroupTrainer MakeTrainer() => _torch.CreateGroupTrainer(_device, _options.EffectiveTrainingThreads);

    private void Work()
    {
        while (Gather() is { } group) Train(group);
    }

    // Null when closing.
    private List<WaitingJob>? Gather()
    {
        lock (_gate)
        {
            while (!_closing.IsCancellationRequested)
            {
                if (_waiting.Count == 0)
                {
                    Monitor.Wait(_gate);
                    continue;
                }

                // Orders given together arrive one after another; without this pause the first would be trained alone.
                WaitingJob oldest = _waiting[0];
                TimeSpan left = TimeSpan.FromMilliseconds(_options.DeviceGatherMilliseconds) - Stopwatch.GetElapsedTime(oldest.Since);
                List<WaitingJob> group = [.. _waiting.Where(job => job.Key == oldest.Key).Take(_options.DeviceTasks)];
                if (group.Count < _options.DeviceTasks && left > TimeSpan.Zero)
                {
                    Monitor.Wait(_gate, left);
                    continue;
                }

                _waiting.RemoveAll(group.Contains);
                return group;
            }

            return null;
        }
    }

    private void Train(List<WaitingJob> group)
    {
        long start = Stopwatch.GetTimestamp();
        (ModelNetwork network, Recipe recipe) = (group[0].Network, group[0].Key.Recipe);
        try
        {
            TrainedMask?[] trained = _trainer.Train(
                network.Network, network.Rule, recipe, [.. group.Select(job => job.Job)], _closing.Token);
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            LogTrained(group.Count, _device, seconds);
            for (int n = 0; n < group.Count; n++)
            {
                if (trained[n] is { } mask) group[n].Complete(mask);
                else group[n].Cancel(group[n].Job.Stop);
            }
        }
        catch (TaskLossException e) when (group.Find(job => ReferenceEquals(job.Job, e.Job)) is { } lost)
        {
            lost.Fail(e);
            group.Remove(lost);
            if (group.Count > 0) Train(group);
        }
        catch (OperationCanceledException e)
        {
            foreach (WaitingJob job in group) job.Cancel(e.CancellationToken);
        }
#pragma warning disable CA1031 // Every exception goes to whoever awaits the trainings.
        catch (Exception e)
#pragma warning restore CA1031
        {
            // What is on the device may be lost with the failure.
            _trainer.Dispose();
            _trainer = MakeTrainer();
            Exception error = e is ExternalException ? Failed(e, group.Count) : e;
            foreach (WaitingJob job in group) job.Fail(error);
        }
    }

    /// <summary>
    /// The line of libtorch's message that says why: the first, before its call stack; but after TorchScript's traceback
    /// where the failure was in a script.
    /// </summary>
    internal static string Reason(string message)
    {
        const string Error = "RuntimeError: ";
        string[] lines = message.Split('\n');
        return (lines.FirstOrDefault(line => line.StartsWith(Error, StringComparison.Ordinal))?[Error.Length..] ?? lines[0]).Trim();
    }

    private SupSupException Failed(Exception e, int tasks) => new(
        SupSupError.Unavailable,
        $"training {tasks} tasks at once on {_device} failed: {Reason(e.Message)}; if the device ran out of memory, lower "
            + $"Compute:DeviceTasks from {_options.DeviceTasks}, and order again");

    [LoggerMessage(Level = LogLevel.Information, Message = "{Tasks} tasks trained together on {Device} in {Seconds:F1} s")]
    private partial void LogTrained(int tasks, ComputeDevice device, double seconds);
}
