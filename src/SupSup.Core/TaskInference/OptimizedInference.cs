using System.Collections.Immutable;
using System.Numerics.Tensors;
using SupSup.Core.Masks;

namespace SupSup.Core.TaskInference;

/// <summary>
/// Gradient descent on the coefficients (paper, section 3.3, equation 5): α starts at 1/k and takes some steps of the exact gradient,
/// its sum kept at 1; the largest coefficient wins. One step is One-shot. A step adds η (s_i - s̄) / (max s - s̄) to α_i, where
/// s = -∂(objective)/∂α and s̄ is the mean over the masks in play, so that η is by how much the best grows, whatever the scale of the
/// objective. Coefficients that fall to 0 stay there: their masks are out, so that steps cost ever less.
/// </summary>
public sealed class OptimizedInference : ITaskInference
{
    /// <inheritdoc/>
    public string Name => "optimized";

    /// <inheritdoc/>
    public string Description => "some gradient steps over the coefficients, of which the largest wins";

    /// <inheritdoc/>
    public int QueriesAtOnce => 64;

    /// <inheritdoc/>
    public InferredTask[] Infer(Superposition tasks, ReadOnlySpan<float> inputs, InferenceSettings settings)
    {
        int queries = TaskInferences.Queries(tasks, inputs, settings);
        int width = settings.ImagesPerQuery * tasks.Network.Plan.Inputs;
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.Steps, 1, nameof(settings));
        float[][] atStart = tasks.Scores(inputs, queries, settings);
        using MaskMixture mixture = new(tasks.Network, tasks.Classes, settings);
        InferredTask[] answers = new InferredTask[queries];
        for (int query = 0; query < queries; query++)
        {
            int[] left = [.. Enumerable.Range(0, tasks.Masks.Length)];
            float[] coefficients = [.. left.Select(_ => 1f / left.Length)];
            Descend(atStart[query], settings.StepSize, ref left, ref coefficients);
            for (int step = 1; step < settings.Steps && left.Length > 1; step++)
            {
                ImmutableArray<TaskMask> masks = [.. left.Select(task => tasks.Masks[task])];
                float[] scores = mixture.Scores(masks, coefficients, inputs.Slice(query * width, width));
                Descend(scores, settings.StepSize, ref left, ref coefficients);
            }

            answers[query] = new InferredTask(left[TensorPrimitives.IndexOfMax<float>(coefficients)], double.NaN);
        }

        return answers;
    }

    private static void Descend(float[] scores, double size, ref int[] left, ref float[] coefficients)
    {
        double mean = scores.Average(score => (double)score), ahead = scores.Max() - mean;
        if (ahead <= 0) return; // all are alike
        double[] grown = [.. scores.Zip(coefficients, (score, coefficient) => coefficient + (size * (score - mean) / ahead))];
        double sum = grown.Where(coefficient => coefficient > 0).Sum();
        left = [.. left.Where((_, n) => grown[n] > 0)];
        coefficients = [.. grown.Where(coefficient => coefficient > 0).Select(coefficient => (float)(coefficient / sum))];
    }
}
