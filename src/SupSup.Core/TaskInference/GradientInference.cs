using SupSup.Core.Inference;
using SupSup.Core.Search;

namespace SupSup.Core.TaskInference;

/// <summary>
/// What the service does, by <see cref="SearchPass"/>: one gradient at equal coefficients finds the mask that should grow
/// the most (One-shot; paper, section 3.3), and where it is not certain, the lowest entropy of the best few decides.
/// </summary>
/// <param name="name">The name by which experiments refer to it.</param>
/// <param name="description">One line on what it does.</param>
/// <param name="rule">Replaces the settings' rule; null to go by it.</param>
public sealed class GradientInference(string name, string description, SearchRule? rule) : ITaskInference
{
    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public string Description => description;

    /// <inheritdoc/>
    public int QueriesAtOnce => 128;

    /// <inheritdoc/>
    public InferredTask[] Infer(Superposition tasks, ReadOnlySpan<float> inputs, InferenceSettings settings)
    {
        int queries = TaskInferences.Queries(tasks, inputs, settings);
        int images = settings.ImagesPerQuery;
        RankOneFactors factors = tasks.Effective.Differentiate(inputs, queries * images, settings.Objective, tasks.Classes);
        using BankSearch search = new(tasks.Network, tasks.Classes);
        SearchRule decides = rule ?? settings.Rule;
        GradientScores scores = new(tasks.Network, settings.Layers);
        SearchAnswer Shared(int first) =>
            search.FindShared(tasks.Bank, scores.Of(factors, first, images, tasks.Masks), factors, first..(first + images), decides);
        SearchAnswer[] answers = images == 1
            ? search.Find(tasks.Bank, factors, settings.Layers, decides)
            : [.. Enumerable.Range(0, queries).Select(query => Shared(query * images))];
        return [.. answers.Select(answer => new InferredTask(answer.Task, answer.Lead))];
    }
}
