using SupSup.Core.Banks;

namespace SupSup.Core.Search;

/// <summary>
/// The search for the tasks of a batch of queries, wherever the masks are. Whoever drives it runs all masks on all queries where it
/// <see cref="RunsAtOnce"/>. Else it scans the masks at <see cref="FirstDepth"/>, deepens the scan while <see cref="Refinement"/>
/// asks for it, and runs the finalists that are left (the re-ranking). Then it takes the answers. It computes nothing on masks itself,
/// so a bank in this process and shards on other machines give the same answers. Not thread-safe.
/// </summary>
/// <param name="queries">Number of queries.</param>
/// <param name="masks">Number of masks in superposition.</param>
/// <param name="rule">What decides.</param>
/// <param name="temperature">What makes probabilities of evidence, see <see cref="Inference.Evidence.Temperature"/>.</param>
public sealed class SearchPass(int queries, int masks, SearchRule rule, double temperature = 1)
{
    private const int FewestForCoarse = 64;

    private readonly TaskSearch[] _searches = [.. Enumerable.Range(0, queries).Select(_ => new TaskSearch(masks, rule, temperature))];

    /// <summary>Whether every mask is run on every query anyway: their exact scores leave nothing to a scan.</summary>
    public bool RunsAtOnce { get; } = rule.RunsAll(masks) && rule.IsNeverCertain(masks);

    /// <summary>How deep to scan at first.</summary>
    /// <remarks>Of few masks a coarse scan says little, and reading them whole costs little.</remarks>
    public ScanDepth FirstDepth { get; } = masks < FewestForCoarse ? ScanDepth.Full : ScanDepth.Coarse;

    /// <summary>How many candidates scans should name for each query.</summary>
    public int Named { get; } = TaskSearch.Named(rule, masks);

    /// <summary>What must be scanned deeper to go on; null where nothing must.</summary>
    public SearchRefinement? Refinement
    {
        get
        {
            int[] unclear = [.. Enumerable.Range(0, _searches.Length).Where(query => _searches[query].Refinement is not null)];
            if (unclear.Length == 0) return null;
            (ScanDepth Depth, double Floor)[] wanted = [.. unclear.Select(query => _searches[query].Refinement!.Value)];
            return new SearchRefinement(unclear, [.. wanted.Select(query => query.Depth)], [.. wanted.Select(query => query.Floor)]);
        }
    }

    /// <summary>The masks to run, once nothing must be scanned deeper.</summary>
    public (int Query, int Task)[] Finalists =>
        [.. _searches.SelectMany((search, query) => search.Finalists.Select(task => (query, task)))];

    /// <summary>Takes what a scan of all masks found.</summary>
    /// <param name="among">The queries that were scanned.</param>
    /// <param name="depth">How deep.</param>
    /// <param name="parts">What each part of the masks gave for each of these queries, always in the same order of parts.</param>
    public void Take(IReadOnlyList<int> among, ScanDepth depth, IReadOnlyList<ScanOutcome[]> parts)
    {
        for (int n = 0; n < among.Count; n++) _searches[among[n]].Take([.. parts.Select(part => part[n])], depth);
    }

    /// <summary>Takes what the refinement that was wanted found.</summary>
    /// <param name="refinement">The refinement.</param>
    /// <param name="parts">What each part of the masks gave for each of its queries.</param>
    public void Take(SearchRefinement refinement, IReadOnlyList<ScanOutcome[]> parts)
    {
        for (int n = 0; n < refinement.Queries.Length; n++) _searches[refinement.Queries[n]].Refine([.. parts.Select(part => part[n])]);
    }

    /// <summary>Takes the outcome of running a finalist.</summary>
    /// <param name="query">The query.</param>
    /// <param name="task">The mask's task.</param>
    /// <param name="run">The outcome.</param>
    public void Set(int query, int task, MaskRun run) => _searches[query].Set(task, run);

    /// <summary>The answers, once all finalists were run, or all masks at once.</summary>
    public SearchAnswer[] Answers() => [.. _searches.Select(search => search.Answer())];
}
