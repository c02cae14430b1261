using SupSup.Core.Datasets;
using SupSup.Core.Devices;
using SupSup.Core.TaskInference;
using SupSup.Core.Tasks;
using SupSup.Experiments.Configuration;
using SupSup.Experiments.Evaluation;
using SupSup.Experiments.Files;
using SupSup.Experiments.Learners;
using SupSup.Experiments.Running;

namespace SupSup.Experiments.Suites;

/// <summary>
/// Measures what more gradient steps on the coefficients gain and cost: optimised inference by its number of steps, beside the other
/// algorithms, on the masks of a finished run.
/// </summary>
/// <param name="display">Hears how far it is.</param>
public sealed class StepsRun(IRunDisplay display)
{
    private static readonly string[] Others = ["one-shot", "binary", "shortlist", "exhaustive", "evidence"];

    /// <summary>Measures.</summary>
    /// <param name="path">Folder of a finished run with masks; nothing is written there.</param>
    /// <param name="open">Opens the run's data.</param>
    /// <param name="options">What to measure.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="IOException">The folder holds no finished run.</exception>
    /// <exception cref="ArgumentException">The run has no masks whose task is to be found, or an option is out of range.</exception>
    public async Task<StepsResult> RunAsync(
        string path, Func<string, Task<Dataset>> open, StepsOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(open);
        ArgumentNullException.ThrowIfNull(options);
        (RunFolder folder, ExperimentResult finished) = RunFolder.OpenFinished(path);
        ExperimentConfig config = finished.Config with
        {
            Objective = options.Objective ?? finished.Config.Objective,
            Layers = options.Layers ?? finished.Config.Layers,
        };
        if (config.Method != "supsup" || config.Scenario == Scenario.NNs)
        {
            throw new ArgumentException(
                $"{path} is a run of method {config.Method}, scenario {config.Scenario}, whose masks are not those of its tasks; name one "
                    + "of method supsup and scenario GG, GNs or GNu");
        }

        TaskSequence tasks = new(await open(config.Dataset), TaskFamilies.Get(config.Family), config.Seed);
        InferenceSettings settings = config.Settings(tasks.Classes);
        using SupermaskLearner learner = new(config, tasks, folder, new RunResources(ComputeDevice.Cpu));
        await display.RunAsync(
            "reading masks", config.Tasks, stage => learner.LearnAsync(0, config.Tasks, stage, cancellationToken));
        using Superposition masks = learner.Superimpose();
        int each = options.Images / config.ImagesPerQuery / config.Tasks;
        SuiteQueries queries = new(tasks, 0, config.Tasks, each, config.ImagesPerQuery);
        Scenario scenario = config.Scenario == Scenario.GNs ? Scenario.GNs : Scenario.GNu;
        List<StepsFigure> found = [];
        (string Name, int? Steps)[] rules =
            [.. options.Steps.Select(steps => ("optimized", (int?)steps)), .. Others.Select(name => (name, (int?)null))];
        await display.RunAsync("inference", rules.Length, async stage =>
        {
            foreach ((string name, int? steps) in rules)
            {
                SuiteFigure figure = await SuiteRun.AskAsync(
                    TaskInferences.Get(name), settings with { Steps = steps ?? settings.Steps }, queries, masks, scenario,
                    cancellationToken);
                found.Add(new StepsFigure(name, steps, figure.TaskFound, figure.Accuracy, figure.Milliseconds));
                stage.Advance(1);
            }
        });
        return new StepsResult(
            config.Name, config.Tasks, settings.Objective.Name, settings.Layers.ToString(), queries.Count, queries.Images,
            queries.Accuracy(masks, queries.Tasks, Scenario.GNu), [.. found], RunMachine.Describe(ComputeDevice.Cpu));
    }
}
