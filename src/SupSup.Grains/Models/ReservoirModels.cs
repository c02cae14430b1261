using System.Collections.Immutable;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Reservoirs;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Models;

/// <summary>Models whose masks live in a reservoir.</summary>
public static class ReservoirModels
{
    private const int FewestUnits = 64;
    private const int MostUnits = 8192;

    /// <summary>The layers before the last, unless others are chosen.</summary>
    public const string Network = "2048-normbatch-swish-2048-normbatch-swish";

    /// <summary>Units of each layer of the reservoir.</summary>
    /// <param name="spec">The model's definition.</param>
    public static ImmutableArray<int> Units(ModelSpec spec) => GainWeights.ChannelsOf(Plans.Parse(spec.Plan));

    /// <summary>Checks that a model's masks can live in a reservoir.</summary>
    /// <param name="spec">The definition.</param>
    /// <param name="plan">Its network.</param>
    /// <exception cref="ArgumentException">They cannot.</exception>
    public static void Check(ModelSpec spec, NetworkPlan plan)
    {
        ArgumentNullException.ThrowIfNull(spec);
        GainWeights.Check(plan);
        foreach (int units in GainWeights.ChannelsOf(plan))
            if (units is < FewestUnits or > MostUnits)
                throw new ArgumentException(
                    $"a layer of {units} units makes no reservoir of use; use {FewestUnits} to {MostUnits}, of which each 32 hold a mask");
        if (spec.MaskRule is not ("" or MaskRules.Default))
            throw new ArgumentException($"mask rule '{spec.MaskRule}' does not apply to masks in a reservoir; leave it out");
    }

    /// <summary>Refuses what takes the masks of tasks one by one.</summary>
    /// <param name="spec">The model's definition.</param>
    /// <param name="model">The model's name.</param>
    /// <param name="what">What cannot be done, and what can.</param>
    /// <exception cref="SupSupException">InvalidRequest: the model has a reservoir.</exception>
    public static void Refuse(this ModelSpec spec, string model, string what)
    {
        ArgumentNullException.ThrowIfNull(spec);
        if (spec.HasReservoir) throw Refusal(model, what);
    }

    /// <summary>The error of what a model with a reservoir cannot do.</summary>
    /// <param name="model">The model's name.</param>
    /// <param name="what">What cannot be done, and what can.</param>
    public static SupSupException Refusal(string model, string what) =>
        new(SupSupError.InvalidRequest, $"model '{model}' keeps its masks in a reservoir, so {what}");
}
