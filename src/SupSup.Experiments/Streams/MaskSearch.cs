using SupSup.Core.Inference;
using SupSup.Core.Search;
using SupSup.Core.Streams;
using SupSup.Core.TaskInference;

namespace SupSup.Experiments.Streams;

/// <summary>The masks that a batch of unknown task may belong to.</summary>
internal static class MaskSearch
{
    /// <summary>The candidates, the likeliest first: those that inference names for a few of the images, as the service does.</summary>
    /// <param name="masks">The masks.</param>
    /// <param name="inputs">The batch, normalised [rows, in].</param>
    /// <param name="settings">What task inference goes by.</param>
    /// <param name="most">How many at most.</param>
    public static int[] Candidates(Superposition masks, ReadOnlySpan<float> inputs, InferenceSettings settings, int most)
    {
        int width = masks.Network.Plan.Inputs;
        int images = Math.Min(VerifiedAllocation.ImagesAsked, inputs.Length / width);
        RankOneFactors factors = masks.Effective.Differentiate(inputs[..(images * width)], images, settings.Objective, masks.Classes);
        using BankSearch search = new(masks.Network, masks.Classes);
        SearchAnswer[] answers = search.Find(masks.Bank, factors, settings.Layers, settings.Rule);
        return VerifiedAllocation.Likeliest(
            answers.Select(answer => answer.RunnersUp.Select(candidate => candidate.Task).Prepend(answer.Task)), most);
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
