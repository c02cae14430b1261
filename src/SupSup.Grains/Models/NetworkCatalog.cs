using System.Collections.Concurrent;
using SupSup.Core.Engines;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Models;

/// <summary>One per silo: the fixed networks in use, generated once from their seeds and shared by all grains.</summary>
public sealed class NetworkCatalog
{
    private readonly ConcurrentDictionary<ModelSpec, WeakReference<ModelNetwork>> _networks = new();

    /// <summary>The network of a definition.</summary>
    /// <param name="spec">The definition.</param>
    /// <exception cref="SupSupException">InvalidRequest: the definition cannot be used.</exception>
    public ModelNetwork Open(ModelSpec spec)
    {
        if (_networks.TryGetValue(spec, out WeakReference<ModelNetwork>? reference) && reference.TryGetTarget(out ModelNetwork? known))
            return known;
        ModelNetwork created = SupSupException.Checked(() => Create(spec));
        _networks[spec] = new WeakReference<ModelNetwork>(created);
        return created;
    }

    private static ModelNetwork Create(ModelSpec spec)
    {
        NetworkPlan plan = Plans.Parse(spec.Plan);
        ModelSpec whole = Whole(spec, plan);
        if (whole.Classes < 2 || whole.Classes > whole.Outputs)
            throw new ArgumentException(
                $"{whole.Classes} classes and {whole.Outputs} outputs: use at least 2 classes, and at least as many outputs as classes");
        whole.InputFormat?.Check(whole.Inputs);
        if (!plan.IsDense && whole.InputFormat is { IsImages: true } format
            && new PlaneShape(format.Shape[0], format.Shape[1], format.Shape[2]) != plan.Input)
            throw new ArgumentException(
                $"network {plan} takes pictures of {plan.Input}, not of {string.Join('x', format.Shape)} as inputFormat says; name the "
                    + "network for that size, or leave inputFormat out");
        if (spec.Storage is not (null or ModelSpec.Reservoir))
            throw new ArgumentException(
                $"unknown storage '{spec.Storage}'; use '{ModelSpec.Reservoir}', or leave it out for a record of each mask");
        if (spec.HasReservoir) ReservoirModels.Check(spec, plan);
        else NetworkEngines.For(plan);
        return new ModelNetwork(whole, new FixedNetwork(plan, spec.Seed, spec.WeightsVersion), MaskRules.Get(whole.MaskRule));
    }

    // Sizes that are given must be those of the plan.
    private static ModelSpec Whole(ModelSpec spec, NetworkPlan plan)
    {
        ModelSpec whole = spec with
        {
            Plan = plan.ToString(),
            Inputs = plan.Inputs,
            Hidden = plan.Hidden,
            Outputs = plan.Outputs,
            MaskRule = spec.MaskRule.Length > 0 ? spec.MaskRule : spec.HasReservoir ? MaskRules.Default : MaskRules.DefaultOf(plan),
        };
        if ((spec.Inputs != 0 && spec.Inputs != whole.Inputs) || (spec.Outputs != 0 && spec.Outputs != whole.Outputs)
            || (!spec.Hidden.IsEmpty && !spec.Hidden.SequenceEqual(whole.Hidden)))
        {
            throw new ArgumentException(
                $"plan {spec.Plan} has inputs {whole.Inputs}, hidden [{string.Join(", ", whole.Hidden)}] and outputs {whole.Outputs}; "
                + "leave these out, or give them as they are");
        }

        return whole;
    }
}
