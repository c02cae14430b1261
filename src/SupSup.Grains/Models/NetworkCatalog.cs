using System.Collections.Concurrent;
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
        ModelNetwork created = Create(spec);
        _networks[spec] = new WeakReference<ModelNetwork>(created);
        return created;
    }

    private static ModelNetwork Create(ModelSpec spec)
    {
        if (spec.Classes < 2 || spec.Classes > spec.Outputs)
            throw new SupSupException(SupSupError.InvalidRequest, $"{spec.Classes} classes and {spec.Outputs} outputs: use at least 2 classes, and at least as many outputs as classes");
        try
        {
            NetworkShape shape = new(spec.Inputs, spec.Hidden, spec.Outputs);
            return new ModelNetwork(spec, new FixedNetwork(shape, spec.Seed, spec.WeightsVersion), MaskRules.Get(spec.MaskRule));
        }
        catch (ArgumentException e)
        {
            throw new SupSupException(SupSupError.InvalidRequest, e.Message);
        }
    }
}
