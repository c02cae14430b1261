using SupSup.Core.Banks;
using SupSup.Core.Inference;
using SupSup.Core.Search;
using SupSup.Core.TaskInference;

namespace SupSup.Experiments.Streams;

/// <summary>Names the masks that a batch of unknown task may belong to, by the gradient of a few of its images.</summary>
internal static class MaskSearch
{
    private const int Images = 8;
    private const int BestOfEach = 3;

    /// <summary>The candidates, those that most images name first.</summary>
    /// <param name="masks">The masks.</param>
    /// <param name="inputs">The batch, normalised [rows, in].</param>
    /// <param name="settings">What task inference goes by.</param>
    /// <param name="most">How many at most.</param>
    public static int[] Candidates(Superposition masks, ReadOnlySpan<float> inputs, InferenceSettings settings, int most)
    {
        int width = masks.Network.Plan.Inputs;
        int images = Math.Min(Images, inputs.Length / width);
        RankOneFactors factors = masks.Effective.Differentiate(inputs[..(images * width)], images, settings.Objective, masks.Classes);
        ScanDepth depth = SearchPass.FirstDepthAmong(masks.Masks.Length);
        using BankScan scan = new(masks.Bank, default, factors, [.. Enumerable.Range(0, images)], settings.Layers, depth);
        return
        [
            .. scan.Run(BestOfEach).SelectMany(found => found.Slots.Select((slot, place) => (slot, Weight: 1.0 / (1 + place))))
                .GroupBy(vote => vote.slot).OrderByDescending(votes => votes.Sum(vote => vote.Weight)).Take(
                    most).Select(votes => votes.Key),
        ];
    }

    /// <summary>Every mask's −∂(objective)/∂α of the whole batch, exactly.</summary>
    /// <param name="masks">The masks.</param>
    /// <param name="inputs">The batch, normalised [rows, in].</param>
    /// <param name="settings">What task inference goes by.</param>
    public static float[] Scores(Superposition masks, ReadOnlySpan<float> inputs, InferenceSettings settings)
    {
        int rows = inputs.Length / masks.Network.Plan.Inputs;
        RankOneFactors factors = masks.Effective.Differentiate(inputs, rows, settings.Objective, masks.Classes);
        return new GradientScores(masks.Network, settings.Layers).Of(factors, 0, rows, masks.Masks);
    }
}
