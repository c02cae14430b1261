using SupSup.Core.Datasets;
using SupSup.Core.Tasks;
using SupSup.Experiments.Configuration;
using SupSup.Experiments.Learners;

namespace SupSup.Experiments.Suites;

/// <summary>Where the rows of the suite get their data.</summary>
/// <param name="open">Opens a dataset by its name or path.</param>
/// <param name="omniglot">Path of Omniglot, labelled by character; null to leave it out.</param>
/// <param name="clinc">Path of features of CLINC150's sentences, labelled by intent, domain by domain; null to leave it out. Its folder
/// oos has as test sentences those of no intent.</param>
public sealed class SuiteData(Func<string, CancellationToken, Task<Dataset>> open, string? omniglot, string? clinc)
{
    internal const string Omniglot = "omniglot";
    internal const string Clinc = "clinc150";

    private const string OtherImages = "fashion-mnist";

    /// <summary>The tasks of a model; null where their data were not given.</summary>
    internal async Task<TaskSequence?> OpenAsync(ExperimentConfig model, CancellationToken cancellationToken)
    {
        string? path = model.Dataset switch
        {
            Omniglot => omniglot,
            Clinc => clinc,
            string name => name,
        };
        return path is null ? null : await SequenceAsync(path, model.Family, model.Seed, cancellationToken);
    }

    /// <summary>Inputs that are of none of a row's tasks, by what they are; none where there is no such kind for the row.</summary>
    internal async Task<IReadOnlyList<(string Kind, TaskSequence Tasks, int First, int Count)>> OpenUnknownAsync(
        SuiteRow row, TaskSequence tasks, CancellationToken cancellationToken)
    {
        const int NewTasks = 10;
        ExperimentConfig model = row.Model;
        List<(string, TaskSequence, int, int)> kinds = [];
        if (tasks.Most is null) kinds.Add(("new permutations", tasks, row.Tasks, NewTasks));
        if (tasks.Most is null && model.Dataset != OtherImages)
            kinds.Add((OtherImages, await SequenceAsync(OtherImages, model.Family, model.Seed, cancellationToken), 0, row.Tasks));
        if (model.Dataset == Clinc && clinc is not null && Path.Combine(clinc, "oos") is var outOfScope && Directory.Exists(outOfScope))
            kinds.Add(("out of scope", await SequenceAsync(outOfScope, "whole", 0, cancellationToken), 0, 1));
        return kinds;
    }

    private async Task<TaskSequence> SequenceAsync(string path, string family, ulong seed, CancellationToken cancellationToken) =>
        new(await open(path, cancellationToken), TaskFamilies.Get(family), seed);
}
