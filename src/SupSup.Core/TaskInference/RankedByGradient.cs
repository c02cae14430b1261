using SupSup.Core.Inference;

namespace SupSup.Core.TaskInference;

/// <summary>Masks in the order of their gradient for one query of several images, scored exactly.</summary>
/// <param name="Order">Tasks, largest -∂(objective)/∂α first.</param>
/// <param name="Scores">Their scores, in this order.</param>
/// <param name="Spread">Standard deviation of the masks behind the first; zero where there is one mask.</param>
internal sealed record RankedByGradient(int[] Order, float[] Scores, double Spread)
{
    /// <summary>The lead of the first over the second in standard deviations of the masks behind it; infinite for one mask.</summary>
    public double Lead => Order.Length < 2 ? double.PositiveInfinity : Behind(1);

    /// <summary>How far behind the first a mask is, in the same unit; infinite where they do not spread.</summary>
    /// <param name="place">Its place in the order.</param>
    public double Behind(int place) => place == 0 ? 0 : Spread > 0 ? (Scores[0] - Scores[place]) / Spread : double.PositiveInfinity;

    /// <summary>Ranks all masks for each query of a batch.</summary>
    public static IEnumerable<RankedByGradient> Queries(Superposition tasks, RankOneFactors factors, InferenceSettings settings, LayerSelection layers)
    {
        GradientScores scores = new(tasks.Network, layers);
        for (int first = 0; first < factors.Rows; first += settings.ImagesPerQuery)
        {
            scores.Set(factors, first, settings.ImagesPerQuery);
            yield return Of([.. tasks.Masks.Select(scores.Of)]);
        }
    }

    /// <summary>Ranks scores.</summary>
    public static RankedByGradient Of(float[] scores)
    {
        int[] order = [.. Enumerable.Range(0, scores.Length).OrderByDescending(task => scores[task])];
        float[] ranked = [.. order.Select(task => scores[task])];
        if (scores.Length < 2) return new RankedByGradient(order, ranked, 0);
        double mean = ranked.Skip(1).Average(score => (double)score);
        return new RankedByGradient(order, ranked, Math.Sqrt(ranked.Skip(1).Average(score => Math.Pow(score - mean, 2))));
    }
}
