using SupSup.Core.Inference;

namespace SupSup.Core.TaskInference;

/// <summary>
/// Binary (paper, section 3.3, algorithm 2): the half of the masks with the largest -∂(objective)/∂α stays, with equal
/// coefficients, until one is left: log2 k gradients. Half of them, rounded up, stay whatever ties there are, so it always ends.
/// </summary>
public sealed class BinaryInference : ITaskInference
{
    /// <inheritdoc/>
    public string Name => "binary";

    /// <inheritdoc/>
    public string Description => "keeps the half of the masks with the larger gradients, log2 k times";

    /// <inheritdoc/>
    public int QueriesAtOnce => 64;

    /// <inheritdoc/>
    public InferredTask[] Infer(Superposition tasks, ReadOnlySpan<float> inputs, InferenceSettings settings)
    {
        int queries = TaskInferences.Queries(tasks, inputs, settings);
        int images = settings.ImagesPerQuery;
        int width = tasks.Network.Plan.Inputs;

        if (!tasks.Network.Plan.IsDense) return ByWholeGradients(tasks, inputs, queries, settings);

        // All queries begin with the same superposition.
        float[][] atStart = tasks.Scores(inputs, queries, settings);
        GradientScores scores = new(tasks.Network, settings.Layers);
        InferredTask[] answers = new InferredTask[queries];
        for (int query = 0; query < queries; query++)
        {
            int[] left = Half(atStart[query], [.. Enumerable.Range(0, tasks.Masks.Length)]);
            while (left.Length > 1)
            {
                using EffectiveNetwork superposition = EffectiveNetwork.Of(tasks.Network, tasks.Bank.Superimpose([.. left]));
                ReadOnlySpan<float> own = inputs.Slice(query * images * width, images * width);
                RankOneFactors factors = superposition.Differentiate(own, images, settings.Objective, tasks.Classes);
                left = Half(scores.Of(factors, 0, images, [.. left.Select(task => tasks.Masks[task])]), left);
            }

            answers[query] = new InferredTask(left[0], double.NaN);
        }

        return answers;
    }

    private static InferredTask[] ByWholeGradients(
        Superposition tasks, ReadOnlySpan<float> inputs, int queries, InferenceSettings settings)
    {
        int width = settings.ImagesPerQuery * tasks.Network.Plan.Inputs;
        InferredTask[] answers = new InferredTask[queries];
        for (int query = 0; query < queries; query++)
        {
            int[] left = [.. Enumerable.Range(0, tasks.Masks.Length)];
            while (left.Length > 1) left = Half(tasks.Scores(inputs.Slice(query * width, width), left, settings), left);
            answers[query] = new InferredTask(left[0], double.NaN);
        }

        return answers;
    }

    private static int[] Half(float[] scores, int[] left) =>
        [.. left.Zip(scores).OrderByDescending(task => task.Second).Take((left.Length + 1) / 2).Select(task => task.First)];
}
