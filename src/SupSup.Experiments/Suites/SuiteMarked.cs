namespace SupSup.Experiments.Suites;

/// <summary>Share of inputs that the service would mark as unknown, since they are less typical of the inferred task than a rate.</summary>
/// <param name="At1">At a rate of one of a hundred.</param>
/// <param name="At5">At five of a hundred.</param>
public sealed record SuiteMarked(double At1, double At5)
{
    /// <summary>Counts them.</summary>
    /// <param name="typicality">Of each input; null where the task that was inferred keeps no quantiles.</param>
    /// <returns>Null where no input has one.</returns>
    public static SuiteMarked? Of(IReadOnlyCollection<double?> typicality)
    {
        double Below(double rate) => (double)typicality.Count(one => one < rate) / typicality.Count;
        return typicality.All(one => one is null) ? null : new SuiteMarked(Below(0.01), Below(0.05));
    }
}
