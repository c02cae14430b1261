using Orleans.Runtime.Placement;
using SupSup.Grains.Interfaces;

namespace SupSup.Grains.Placement;

/// <summary>
/// The grain `model/index` goes to silo (hash of the model + index) mod n of the n silos in the order of their addresses:
/// consecutive indices go to different silos, and every silo comes to the same conclusion. Where some silos have a GPU and
/// others have none, those without are taken: a GPU silo is there to train.
/// </summary>
/// <param name="gpus">Which silos have one.</param>
public sealed class SpreadPlacementDirector(GpuSilos gpus) : IPlacementDirector
{
    /// <inheritdoc/>
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        SiloAddress[] silos = context.GetCompatibleSilos(target);
        return Task.FromResult(IPlacementDirector.GetPlacementHint(target.RequestContextData, silos)
            ?? Choose(target.GrainIdentity, silos));
    }

    /// <summary>The silo of a grain.</summary>
    /// <param name="grain">The grain, keyed `model/index`.</param>
    /// <param name="silos">The silos to choose from, at least one.</param>
    public SiloAddress Choose(GrainId grain, IReadOnlyCollection<SiloAddress> silos) => Choose(grain, silos, gpus.Has);

    internal static SiloAddress Choose(GrainId grain, IReadOnlyCollection<SiloAddress> silos, Func<SiloAddress, bool> hasGpu)
    {
        (string model, int index) = GrainKeys.Split(grain.Key.ToString()!);
        SiloAddress[] plain = [.. silos.Where(silo => !hasGpu(silo))];

        // Not by the order of silo addresses, in which a silo that restarts becomes another.
        SiloAddress[] sorted = [.. (plain.Length > 0 ? plain : silos).OrderBy(
            silo => silo.Endpoint.Address.ToString(), StringComparer.Ordinal).ThenBy(silo => silo.Endpoint.Port)];
        return sorted[(int)((StableHash(model) + (uint)index) % (uint)sorted.Length)];
    }

    // FNV-1a: the same in every process, as string.GetHashCode is not.
    private static uint StableHash(string text)
    {
        uint hash = 2166136261;
        foreach (char c in text) hash = unchecked((hash ^ c) * 16777619);
        return hash >> 1;
    }
}
