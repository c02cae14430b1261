using SupSup.Core.Banks;
using SupSup.Core.Inference;

namespace SupSup.Core.TaskInference;

/// <summary>One-shot (paper, section 3.3): the mask with the largest -∂(objective)/∂α at equal coefficients; one gradient.</summary>
public sealed class OneShotInference : ITaskInference
{
    /// <inheritdoc/>
    public string Name => "one-shot";

    /// <inheritdoc/>
    public string Description => "the largest gradient at equal coefficients";

    /// <inheritdoc/>
    public int QueriesAtOnce => 128;

    /// <inheritdoc/>
    public InferredTask[] Infer(Superposition tasks, ReadOnlySpan<float> inputs, InferenceSettings settings)
    {
        int queries = TaskInferences.Queries(tasks, inputs, settings);
        RankOneFactors factors = tasks.Effective.Differentiate(inputs, queries * settings.ImagesPerQuery, settings.Objective, tasks.Classes);
        if (settings.ImagesPerQuery > 1)
            return [.. RankedByGradient.Queries(tasks, factors, settings, settings.Layers).Select(ranked => new InferredTask(ranked.Order[0], ranked.Lead))];
        using OneShotSearch search = new(tasks.Network, tasks.Classes);
        return [.. search.Find(tasks.Bank, factors, settings.Layers, certainAbove: 0).Select(answer => new InferredTask(answer.Slot, answer.Lead))];
    }
}
