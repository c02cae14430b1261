using SupSup.Core.Inference;

namespace SupSup.Core.TaskInference;

/// <summary>Masks in the order of their gradient for one query of several images, scored exactly.</summary>
/// <param name="Order">Tasks, largest -∂(objective)/∂α first.</param>
/// <param name="Lead">The lead of the first over the second in standard deviations of the masks behind it; infinite for one mask.</param>
internal sealed record RankedByGradient(int[] Order, double Lead)
{
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
        if (scores.Length < 2) return new RankedByGradient(order, double.PositiveInfinity);
        double mean = order.Skip(1).Average(task => (double)scores[task]);
        double spread = Math.Sqrt(order.Skip(1).Average(task => Math.Pow(scores[task] - mean, 2)));
        return new RankedByGradient(order, spread > 0 ? (scores[order[0]] - scores[order[1]]) / spread : double.PositiveInfinity);
    }
}
