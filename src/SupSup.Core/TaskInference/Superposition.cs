using System.Collections.Immutable;
using SupSup.Core.Banks;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;

namespace SupSup.Core.TaskInference;

/// <summary>
/// The masks of k tasks and the network of their superposition, W ⊙ (1/k) Σ M_i: what task inference asks. Immutable;
/// several threads may use it at once.
/// </summary>
public sealed class Superposition : IDisposable
{
    private readonly ImmutableArray<ImmutableArray<float>> _quantiles;
    private readonly BankSnapshot? _bank;
    private readonly EffectiveNetwork? _effective;

    /// <summary>Superimposes masks.</summary>
    /// <param name="network">The fixed network.</param>
    /// <param name="masks">One mask per task, at least one; a task's index is its place.</param>
    /// <param name="bank">The same masks, each in the slot of its task; null of a network that is no chain of linear layers, whose masks
    /// can only be run.</param>
    /// <param name="counts">For each weight, how many of them keep it.</param>
    /// <param name="classes">Number of real classes.</param>
    /// <param name="usual">What is known of each mask's usual evidence; by default nothing.</param>
    /// <exception cref="ArgumentException">There is no mask, bank or counts are of others, or a mask is of another network.</exception>
    public Superposition(FixedNetwork network, ImmutableArray<TaskMask> masks, BankSnapshot? bank, MaskCounts counts, int classes,
        IEnumerable<EvidenceProfile?>? usual = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(counts);
        if (masks.IsEmpty) throw new ArgumentException("a superposition needs at least one mask");
        if (bank is null && network.Plan.IsDense) throw new ArgumentNullException(nameof(bank));
        if (bank is not null && bank.Count != masks.Length)
            throw new ArgumentException($"the bank has {bank.Count} masks, not {masks.Length}");
        if (counts.Tasks != masks.Length) throw new ArgumentException($"the counts are of {counts.Tasks} masks, not {masks.Length}");
        (Network, Masks, _bank, Classes) = (network, masks, bank, classes);
        if (network.Plan.IsDense) _effective = EffectiveNetwork.Of(network, counts);
        EvidenceProfile?[] known = [.. usual ?? masks.Select(_ => (EvidenceProfile?)null)];
        _quantiles = [.. known.Select(profile => profile?.Quantiles ?? [])];
        Allowances = Evidence.Allowances(known.Select(profile => profile?.Mean));
        Temperature = Evidence.Temperature(known.Select(profile => profile?.Deviation));
    }

    public FixedNetwork Network { get; }

    /// <summary>The masks, by task.</summary>
    public ImmutableArray<TaskMask> Masks { get; }

    /// <summary>The masks, ready to be scanned.</summary>
    /// <exception cref="ArgumentException">The network is no chain of linear layers.</exception>
    public BankSnapshot Bank => Of(_bank);

    /// <summary>Number of real classes.</summary>
    public int Classes { get; }

    /// <summary>By task, what to take from a mask's evidence.</summary>
    public ImmutableArray<double> Allowances { get; }

    /// <summary>What makes probabilities of evidence, see <see cref="Evidence.Temperature"/>.</summary>
    public double Temperature { get; }

    /// <summary>W ⊙ (1/k) Σ M_i.</summary>
    /// <exception cref="ArgumentException">The network is no chain of linear layers.</exception>
    public EffectiveNetwork Effective => Of(_effective);

    /// <summary>How typical a query of one input is of the task that was inferred, see <see cref="EvidenceProfile.Typicality"/>.</summary>
    /// <param name="inferred">The answer of a task inference over these masks.</param>
    /// <returns>0 to 1; null where the answer has no evidence, or the mask no quantiles.</returns>
    public double? Typicality(InferredTask inferred) => inferred.Evidence is { } evidence
        ? EvidenceProfile.Typicality(_quantiles[inferred.Task].AsSpan(), evidence + Allowances[inferred.Task]) : null;

    /// <summary>The gradient scores of some of the masks for one query, whose images share their statistics: of any network.</summary>
    /// <param name="inputs">The query's normalised images [images, in].</param>
    /// <param name="tasks">Which masks are superimposed, and scored.</param>
    /// <param name="settings">The objective, and which layers count.</param>
    /// <returns>For each of the masks: the larger, the more its coefficient should grow.</returns>
    /// <exception cref="ArgumentException">The build has no libtorch, or a normalisation has one value a channel.</exception>
    internal float[] Scores(ReadOnlySpan<float> inputs, int[] tasks, InferenceSettings settings)
    {
        MaskCounts counts = new(Network.Shape);
        foreach (int task in tasks) counts.Add(Masks[task]);
        float[][] products = SuperimposedGradient.Products(
            Network, SuperimposedGradient.Weights(Network, counts), inputs, settings.Objective, Classes);
        if (settings.Layers == LayerSelection.First) products = products[..1];
        return [.. tasks.Select(task => SuperimposedGradient.Score(products, Masks[task]))];
    }

    /// <summary>The gradient scores of all masks at equal coefficients, for some queries.</summary>
    /// <param name="inputs">Normalised images [queries · images per query, in].</param>
    /// <param name="queries">Number of queries.</param>
    /// <param name="settings">The objective, images per query, and which layers count.</param>
    /// <returns>Per query a score for each mask: the larger, the more its coefficient should grow.</returns>
    /// <exception cref="ArgumentException">As of the scores of some of the masks, or the objective means nothing for the
    /// network.</exception>
    internal float[][] Scores(ReadOnlySpan<float> inputs, int queries, InferenceSettings settings)
    {
        int images = settings.ImagesPerQuery, width = images * Network.Plan.Inputs;
        float[][] scores = new float[queries][];
        if (Network.Plan.IsDense)
        {
            RankOneFactors factors = Effective.Differentiate(inputs, queries * images, settings.Objective, Classes);
            GradientScores scorer = new(Network, settings.Layers);
            for (int query = 0; query < queries; query++) scores[query] = scorer.Of(factors, query * images, images, Masks);
            return scores;
        }

        int[] all = [.. Enumerable.Range(0, Masks.Length)];
        for (int query = 0; query < queries; query++) scores[query] = Scores(inputs.Slice(query * width, width), all, settings);
        return scores;
    }

    /// <inheritdoc/>
    public void Dispose() => _effective?.Dispose();

    private T Of<T>(T? part)
        where T : class
    {
        if (part is null) Network.Plan.RequireDense("task inference by gradients");
        return part!;
    }
}
