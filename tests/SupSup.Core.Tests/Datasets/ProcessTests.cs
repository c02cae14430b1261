namespace SupSup.Core.Tests.Datasets;

/// <summary>
/// Tests that start programs run one after another: a fork in one test would hold open the script that another has
/// just written, and a file that is open for writing cannot be executed.
/// </summary>
[CollectionDefinition(nameof(ProcessTests))]
public sealed class ProcessTests;
