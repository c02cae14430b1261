using System.Collections.Immutable;
using System.Globalization;
using SupSup.Core.Datasets;
using SupSup.Core.Training;
using SupSup.Experiments.Configuration;
using SupSup.Experiments.Evaluation;
using SupSup.Experiments.Files;
using SupSup.Experiments.Running;

namespace SupSup.Experiments.Tuning;

/// <summary>
/// Searches recipes by successive halving: all are tried on a few tasks, the better half on more, and so on. More tasks
/// are harder: a recipe that moves many weights has accurate masks that can no longer be told apart in superposition. A
/// trial is a run of its own in a folder of its own, so a search that was cut off goes on from there.
/// </summary>
/// <param name="experiment">What the recipes are tried on.</param>
/// <param name="space">The recipes.</param>
/// <param name="resources">What trials may use.</param>
/// <param name="display">Hears how far it is.</param>
public sealed class TuneRun(ExperimentConfig experiment, TuneSpace space, RunResources resources, IRunDisplay display)
{
    private const string Header =
        "learningRate,firstLayerLearningRate,sharedInitialScores,tasks,accuracy,givenTaskAccuracy,taskInferenceAccuracy,"
            + "unknownDetectionRate,out";

    /// <summary>Runs it; writes tune.csv, and the winner as an entry for recipes.json.</summary>
    /// <param name="dataset">The data.</param>
    /// <param name="path">The search's folder.</param>
    /// <param name="cancellationToken">Stops; finished trials are kept.</param>
    /// <returns>Every trial, the best first: those of later stages before those of earlier ones.</returns>
    /// <exception cref="ArgumentException">The space is empty or has a value out of range.</exception>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public async Task<ImmutableArray<TuneTrial>> RunAsync(Dataset dataset, string path, CancellationToken cancellationToken)
    {
        ImmutableArray<ExperimentConfig> left = space.Trials(experiment);
        Dictionary<string, TuneTrial> trials = [];
        foreach (int tasks in space.Stages)
        {
            display.Line($"stage of {tasks} tasks: {left.Length} recipes");
            foreach (ExperimentConfig trial in left)
            {
                string name = Name(trial);
                ExperimentResult result = await new ExperimentRun(trial with { Tasks = tasks, Checkpoints = [tasks] }, resources, display)
                    .RunAsync(dataset, Path.Combine(path, $"{tasks:D5}", name), cancellationToken);
                trials[name] = new TuneTrial(
                    trial.LearningRate!.Value, trial.FirstLayerLearningRate!.Value, trial.SharedInitialScores!.Value,
                    tasks, result.Accuracy, result.GivenTaskAccuracy, result.TaskInferenceAccuracy, result.Unknown?.DetectionRate
                        ?? double.NaN, result.Out);
            }

            left = [.. left.OrderByDescending(trial => trials[Name(trial)].Accuracy).Take((left.Length + 1) / 2)];
        }

        ImmutableArray<TuneTrial> ranked =
            [.. trials.Values.OrderByDescending(trial => trial.Tasks).ThenByDescending(trial => trial.Accuracy)];
        AtomicFile.Write(Path.Combine(path, "tune.csv"), file => File.WriteAllLines(file, ranked.Select(Row).Prepend(Header)));
        AtomicFile.Write(Path.Combine(path, "recipe.json"), file => File.WriteAllText(
            file, System.Text.Json.JsonSerializer.Serialize(Recipe(ranked[0]), ConfigJson.Options) + "\n"));
        return ranked;
    }

    private Recipe Recipe(TuneTrial winner) => experiment.TrainedBy() with
    {
        Name = "tuned",
        Description = string.Create(
            CultureInfo.InvariantCulture,
            $"Found by a search on {winner.Tasks} tasks of {experiment.Name}: accuracy {winner.Accuracy:F4}, task found "
                + $"{winner.TaskInferenceAccuracy:P2}."),
        LearningRate = winner.LearningRate,
        FirstLayerLearningRate = winner.FirstLayerLearningRate,
        SharedInitialScores = winner.SharedInitialScores,
    };

    private static string Name(ExperimentConfig trial) => string.Create(
        CultureInfo.InvariantCulture,
        $"{(trial.SharedInitialScores == true ? "shared" : "own")}-{trial.LearningRate}-{trial.FirstLayerLearningRate}");

    private static string Row(TuneTrial trial) => string.Create(
        CultureInfo.InvariantCulture,
        $"{trial.LearningRate},{trial.FirstLayerLearningRate},{(trial.SharedInitialScores ? "true" : "false")},{trial.Tasks},"
            + $"{trial.Accuracy:F6},{trial.GivenTaskAccuracy:F6},{trial.TaskInferenceAccuracy:F6},"
            + $"{(double.IsNaN(trial.UnknownDetectionRate) ? "" : $"{trial.UnknownDetectionRate:F6}")},{trial.Out}");
}
