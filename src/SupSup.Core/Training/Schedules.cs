using SupSup.Core.Naming;

namespace SupSup.Core.Training;

/// <summary>Learning-rate schedules: the factor on the peak rate at the start of batch b of n.</summary>
public static class Schedules
{
    private const int WarmUpShare = 20;

    private static readonly Dictionary<string, Func<int, int, double>> ByName = new(StringComparer.Ordinal)
    {
        ["constant"] = static (_, _) => 1,
        ["cosine"] = Cosine,
        ["warmup-cosine"] = static (batch, batches) =>
        {
            int rising = batches / WarmUpShare;
            return batch < rising ? (batch + 1.0) / rising : Cosine(batch - rising, batches - rising);
        },
    };

    /// <summary>Finds a schedule: (batch, batches) to factor.</summary>
    /// <param name="name">"constant"; "cosine", down to 0; or "warmup-cosine", a twentieth of the batches up along a line, then a
    /// cosine.</param>
    /// <exception cref="ArgumentException">No schedule has the name.</exception>
    public static Func<int, int, double> Get(string name) => ByName.Get("schedule", name);

    private static double Cosine(int batch, int batches) => 0.5 * (1 + Math.Cos(Math.PI * Math.Min(batch, batches) / batches));
}
