namespace SupSup.Cli.Demo;

/// <summary>The averages over the first k tasks with k masks in superposition.</summary>
/// <param name="TasksLearned">k.</param>
/// <param name="Accuracy">By the paper's rule (GNu).</param>
/// <param name="GivenTaskAccuracy">The task being given.</param>
internal sealed record CurvePoint(int TasksLearned, double Accuracy, double GivenTaskAccuracy);
