using SupSup.Core.Naming;

namespace SupSup.Core.Training;

/// <summary>Learning-rate schedules: the factor on the peak rate at the start of batch b of n.</summary>
public static class Schedules
{
    private static readonly Dictionary<string, Func<int, int, double>> ByName = new(StringComparer.Ordinal)
    {
        ["constant"] = static (_, _) => 1,
        ["cosine"] = static (batch, batches) => 0.5 * (1 + Math.Cos(Math.PI * Math.Min(batch, batches) / batches)),
    };

    /// <summary>Finds a schedule: (batch, batches) to factor.</summary>
    /// <param name="name">"constant" or "cosine".</param>
    /// <exception cref="ArgumentException">No schedule has the name.</exception>
    public static Func<int, int, double> Get(string name) => ByName.Get("schedule", name);
}
