using SupSup.Core.Banks;
using SupSup.Core.Engines;
using SupSup.Core.Inference;
using SupSup.Core.Search;

namespace SupSup.Core.TaskInference;

/// <summary>
/// What the service does, by <see cref="SearchPass"/>: one gradient at equal coefficients finds the mask that should grow
/// the most (One-shot; paper, section 3.3); where masks are few, or it is not certain, those that are run decide by their evidence. Of a
/// network that is no chain of linear layers few masks are run without a gradient.
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
        SearchRule decides = rule ?? settings.Rule;
        if (!tasks.Network.Plan.IsDense)
            return FindShared(
                tasks, inputs, decides.RunsAll(tasks.Masks.Length) ? null : tasks.Scores(inputs, queries, settings), queries, settings,
                decides);
        if (images > 1) return FindShared(tasks, inputs, tasks.Scores(inputs, queries, settings), queries, settings, decides);
        RankOneFactors factors = tasks.Effective.Differentiate(inputs, queries, settings.Objective, tasks.Classes);
        using BankSearch search = new(tasks.Network, tasks.Classes, tasks.Allowances, tasks.Temperature);
        return [.. search.Find(tasks.Bank, factors, settings.Layers, decides).Select(ToInferred)];
    }

    // By the exact gradient of the mean objective of a query's images, and the evidence that they share a task; without scores, by the
    // evidence of all masks.
    private static InferredTask[] FindShared(
        Superposition tasks, ReadOnlySpan<float> inputs, float[][]? scores, int queries, InferenceSettings settings, SearchRule decides)
    {
        int images = settings.ImagesPerQuery, width = images * tasks.Network.Plan.Inputs;
        SearchPass pass = new(queries, tasks.Masks.Length, decides with { ByEvidence = scores is null }, tasks.Temperature);
        if (scores is not null)
            pass.Take([.. Enumerable.Range(0, queries)], ScanDepth.Full, [[.. scores.Select(each => ScanOutcome.Of(each, pass.Named))]]);
        IEnumerable<(int Query, int Task)> wanted = scores is not null
            ? pass.Finalists
            : Enumerable.Range(0, tasks.Masks.Length).SelectMany(task => Enumerable.Range(0, queries).Select(query => (query, task)));
        foreach (IGrouping<int, (int Query, int Task)> runs in wanted.GroupBy(run => run.Task))
        {
            using IMaskedNetwork network = NetworkEngines.Open(tasks.Network, tasks.Masks[runs.Key]);
            foreach (int[] some in runs.Select(run => run.Query).Chunk(tasks.Network.Plan.GoesByBatch ? 1 : queries))
            {
                MaskPrediction[] read = network.Predict(Rows(inputs, some, width), some.Length * images, tasks.Classes);
                foreach ((int n, int query) in some.Index())
                {
                    MaskPrediction[] own = read[(n * images)..((n + 1) * images)];
                    double evidence = Evidence.OfShared(own, tasks.Allowances[runs.Key]);
                    double score = scores?[query][runs.Key] ?? 0;
                    pass.Set(query, runs.Key, new MaskRun(score, own[0].Class, own.Sum(each => each.Entropy), evidence));
                }
            }
        }

        InferredTask[] answers = [.. pass.Answers().Select(ToInferred)];
        return scores is not null ? answers : [.. answers.Select(answer => answer with { Lead = double.NaN })];
    }

    private static float[] Rows(ReadOnlySpan<float> inputs, int[] queries, int width)
    {
        float[] rows = new float[queries.Length * width];
        foreach ((int n, int query) in queries.Index()) inputs.Slice(query * width, width).CopyTo(rows.AsSpan(n * width));
        return rows;
    }

    private static InferredTask ToInferred(SearchAnswer answer) => new(answer.Task, answer.Lead, answer.Probability, answer.Run.Evidence);
}
