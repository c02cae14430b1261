using SupSup.Core.Datasets;
using SupSup.Core.Devices;
using SupSup.Experiments.Configuration;
using SupSup.Experiments.Evaluation;
using SupSup.Experiments.Learners;
using SupSup.Experiments.Running;
using SupSup.Experiments.Tests.Methods;

namespace SupSup.Experiments.Tests.Running;

/// <summary>Experiments that take a moment, and folders for them.</summary>
internal static class Small
{
    public static ExperimentConfig Config { get; } = new()
    {
        Name = "small",
        Dataset = "small",
        Tasks = 6,
        Network = "48-32",
        Outputs = 40,
        Recipe = "fast",
        Batches = 200,
        BatchSize = 16,
        Queries = 10,
        Checkpoints = [2, 4],
    };

    public static string NewFolder() => Path.Combine(Directory.CreateTempSubdirectory("supsup-run-").FullName, "run");

    public static Task<ExperimentResult> RunAsync(
        ExperimentConfig config, string folder, IRunDisplay? display = null, CancellationToken? stop = null,
        Dataset? data = null, bool inGroups = false, string? masks = null) =>
            new ExperimentRun(
                config, new RunResources(ComputeDevice.Parse("cpu"), InGroups: inGroups, Masks: masks), display ?? new Silent())
            .RunAsync(data ?? SmallData.Images, folder, stop ?? TestContext.Current.CancellationToken);

    /// <summary>Says nothing, and calls back whenever a unit of work is done, or there is something to note.</summary>
    internal sealed class Silent(Action? onAdvance = null, Action<string>? onNote = null) : IRunDisplay, IStageProgress
    {
        public void Line(string line)
        {
        }

        public Task RunAsync(string stage, double total, Func<IStageProgress, Task> work) => work(this);

        public void Advance(double amount) => onAdvance?.Invoke();

        public void Note(string line) => onNote?.Invoke(line);
    }
}
