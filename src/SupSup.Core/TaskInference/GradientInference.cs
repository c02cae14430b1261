using SupSup.Core.Banks;
using SupSup.Core.Engines;
using SupSup.Core.Inference;
using SupSup.Core.Search;

namespace SupSup.Core.TaskInference;

/// <summary>
/// What the service does, by <see cref="SearchPass"/>: one gradient at equal coefficients finds the mask that should grow
/// the most (One-shot; paper, section 3.3); where masks are few, or it is not certain, those that are run decide by their evidence.
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
        if (!tasks.Network.Plan.IsDense && (rule ?? settings.Rule).Shortlist > 1)
            return FindByEvidence(tasks, inputs, queries, settings, rule ?? settings.Rule);
        RankOneFactors factors = tasks.Effective.Differentiate(inputs, queries * images, settings.Objective, tasks.Classes);
        SearchRule decides = rule ?? settings.Rule;
        if (images > 1) return FindShared(tasks, inputs, queries, factors, settings, decides);
        using BankSearch search = new(tasks.Network, tasks.Classes, tasks.Allowances, tasks.Temperature);
        return [.. search.Find(tasks.Bank, factors, settings.Layers, decides).Select(ToInferred)];
    }

    // All masks are run: networks that are no chain of linear layers have no gradient that is cheaper.
    private static InferredTask[] FindByEvidence(
        Superposition tasks, ReadOnlySpan<float> inputs, int queries, InferenceSettings settings, SearchRule decides)
    {
        int images = settings.ImagesPerQuery;
        SearchPass pass = new(queries, tasks.Masks.Length, decides with { ByEvidence = true }, tasks.Temperature);
        for (int task = 0; task < tasks.Masks.Length; task++)
        {
            using IMaskedNetwork network = NetworkEngines.Open(tasks.Network, tasks.Masks[task]);
            MaskPrediction[] read = network.Predict(inputs, queries * images, tasks.Classes);
            for (int query = 0; query < queries; query++)
            {
                MaskPrediction[] own = read[(query * images)..((query + 1) * images)];
                double evidence = images == 1
                    ? own[0].Evidence - tasks.Allowances[task] : Evidence.OfShared(own, tasks.Allowances[task]);
                pass.Set(query, task, new MaskRun(0, own[0].Class, own.Sum(each => each.Entropy), evidence));
            }
        }

        return [.. pass.Answers().Select(ToInferred)];
    }

    // By the exact gradient of the mean objective of a query's images, and the evidence that they share a task.
    private static InferredTask[] FindShared(
        Superposition tasks, ReadOnlySpan<float> inputs, int queries, RankOneFactors factors, InferenceSettings settings,
        SearchRule decides)
    {
        int images = settings.ImagesPerQuery;
        GradientScores scorer = new(tasks.Network, settings.Layers);
        float[][] scores = [.. Enumerable.Range(0, queries).Select(query => scorer.Of(factors, query * images, images, tasks.Masks))];
        SearchPass pass = new(queries, tasks.Masks.Length, decides, tasks.Temperature);
        pass.Take([.. Enumerable.Range(0, queries)], ScanDepth.Full, [[.. scores.Select(each => ScanOutcome.Of(each, pass.Named))]]);
        foreach (IGrouping<int, (int Query, int Task)> runs in pass.Finalists.GroupBy(run => run.Task))
        {
            using IMaskedNetwork network = NetworkEngines.Open(tasks.Network, tasks.Masks[runs.Key]);
            foreach ((int query, int task) in runs)
            {
                int width = images * tasks.Network.Plan.Inputs;
                MaskPrediction[] read = network.Predict(inputs.Slice(query * width, width), images, tasks.Classes);
                double evidence = Evidence.OfShared(read, tasks.Allowances[task]);
                pass.Set(query, task, new MaskRun(scores[query][task], read[0].Class, read.Sum(each => each.Entropy), evidence));
            }
        }

        return [.. pass.Answers().Select(ToInferred)];
    }

    private static InferredTask ToInferred(SearchAnswer answer) => new(answer.Task, answer.Lead, answer.Probability, answer.Run.Evidence);
}
