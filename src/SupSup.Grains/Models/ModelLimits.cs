using SupSup.Core.Networks;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Models;

/// <summary>How many models a service may have, and how large one may be; looked at when one is made. 0 is no limit.</summary>
public sealed class ModelLimits
{
    /// <summary>Models of the service. Default 10,000.</summary>
    public int Models { get; set; } = 10_000;

    /// <summary>Masked layers of a model. Default 256.</summary>
    public int Layers { get; set; } = 256;

    /// <summary>Masked weights of a model. Default 100,000,000: as many bits are a mask, and four bytes of each are on every silo that
    /// infers.</summary>
    public long Weights { get; set; } = 100_000_000;

    /// <summary>Refuses a network that is too large.</summary>
    /// <param name="plan">Its plan.</param>
    /// <exception cref="SupSupException">InvalidRequest.</exception>
    public void Check(NetworkPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        (int layers, int weights) = (plan.Shape.Layers.Length, plan.Shape.ParameterCount);
        if (Layers > 0 && layers > Layers) throw TooLarge("layers", layers, Layers, "Limits:Layers");
        if (Weights > 0 && weights > Weights) throw TooLarge("weights", weights, Weights, "Limits:Weights");
    }

    private static SupSupException TooLarge(string what, long found, long most, string setting) => new(
        SupSupError.InvalidRequest,
        $"the network has {found:N0} {what}, and a model may have {most:N0} ({setting}); choose a smaller one, or have the limit raised");
}
