using SupSup.Core.Datasets;
using SupSup.Core.Tasks;
using SupSup.Experiments.Configuration;
using SupSup.Experiments.Learners;

namespace SupSup.Experiments.Suites;

/// <summary>Where the rows of the suite get their data.</summary>
/// <param name="open">Opens a dataset by its name or path.</param>
/// <param name="omniglot">Path of Omniglot, labelled by character; null to leave it out.</param>
/// <param name="clinc">Path of features of CLINC150's sentences, labelled by intent, domain by domain; null to leave it out.</param>
public sealed class SuiteData(Func<string, CancellationToken, Task<Dataset>> open, string? omniglot, string? clinc)
{
    internal const string Omniglot = "omniglot";
    internal const string Clinc = "clinc150";

    private const int CharactersPerTask = 5;
    private const int IntentsPerDomain = 15;

    /// <summary>The tasks of a model; null where their data were not given.</summary>
    internal async Task<TaskSequence?> OpenAsync(ExperimentConfig model, CancellationToken cancellationToken)
    {
        (string? path, int grouped) = model.Dataset switch
        {
            Omniglot => (omniglot, CharactersPerTask),
            Clinc => (clinc, IntentsPerDomain),
            string name => (name, 0),
        };
        if (path is null) return null;
        Dataset dataset = await open(path, cancellationToken);
        return grouped > 0
            ? new TaskSequence(Relabelled(dataset, grouped), new GroupedFamily(dataset, grouped), model.Seed)
            : new TaskSequence(dataset, TaskFamilies.Get(model.Family), model.Seed);
    }

    // A task's classes are numbered from 0, so that a network needs no more outputs than a task has classes.
    private static Dataset Relabelled(Dataset all, int classes) =>
        new(all.Name, all.Train.WithLabels([.. all.Train.Labels.Select(label => label % classes)]),
            all.Test.WithLabels([.. all.Test.Labels.Select(label => label % classes)]), classes, all.Normalization);

    // Task t has the classes from t · classes on.
    private sealed class GroupedFamily(Dataset all, int classes) : ITaskFamily
    {
        public string Name => "grouped";

        public string Description => $"each task has {classes} classes of its own";

        public int? Tasks(Dataset dataset) => all.Classes / classes;

        public ClassificationTask Make(Dataset dataset, ulong seed, int index)
        {
            this.CheckHas(dataset, index);
            return new(dataset, [.. Enumerable.Range(0, dataset.Shape.Length)], Of(all.Train), Of(all.Test));

            int[] Of(ExampleSet set) => [.. Enumerable.Range(0, set.Count).Where(example => set.Labels[example] / classes == index)];
        }
    }
}
