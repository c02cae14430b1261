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

    /// <summary>The tasks of a model; null where their data were not given.</summary>
    internal async Task<TaskSequence?> OpenAsync(ExperimentConfig model, CancellationToken cancellationToken)
    {
        string? path = model.Dataset switch
        {
            Omniglot => omniglot,
            Clinc => clinc,
            string name => name,
        };
        return path is null
            ? null
            : new TaskSequence(await open(path, cancellationToken), TaskFamilies.Get(model.Family), model.Seed);
    }
}
