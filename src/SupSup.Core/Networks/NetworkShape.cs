using System.Collections.Immutable;

namespace SupSup.Core.Networks;

/// <summary>The matrices of a network that a mask covers, whatever their wiring: what masks, counts and banks go by.</summary>
public sealed class NetworkShape : IEquatable<NetworkShape>
{
    private const long LargestCount = 1L << 30;

    /// <summary>Lists the matrices.</summary>
    /// <param name="layers">At least one, input side first.</param>
    /// <exception cref="ArgumentException">There is none, a side is below 1, or they have over 2^30 weights.</exception>
    public NetworkShape(IEnumerable<LayerShape> layers)
    {
        Layers = [.. layers];
        if (Layers.IsEmpty || Layers.Any(layer => layer.Outputs < 1 || layer.FanIn < 1))
            throw new ArgumentException($"a network of matrices [{this}] cannot be built: use at least one, with sides of at least 1");
        if (Layers.Sum(layer => (long)layer.Outputs * layer.FanIn) > LargestCount)
            throw new ArgumentException($"a network of matrices {this} has more than {LargestCount} weights; choose smaller layers");
    }

    /// <summary>The matrices, input side first.</summary>
    public ImmutableArray<LayerShape> Layers { get; }

    /// <summary>Weights in all layers.</summary>
    public int ParameterCount => Layers.Sum(layer => layer.Count);

    /// <summary>Bytes of one packed mask: one bit per weight, each layer starting on a byte.</summary>
    public int PackedBytes => Layers.Sum(layer => layer.PackedBytes);

    /// <inheritdoc/>
    public bool Equals(NetworkShape? other) => ReferenceEquals(this, other) || (other is not null && Layers.SequenceEqual(other.Layers));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as NetworkShape);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (LayerShape layer in Layers) hash.Add(layer);
        return hash.ToHashCode();
    }

    /// <summary>The matrices, as in "300x784 100x300 500x100".</summary>
    public override string ToString() => string.Join(' ', Layers);
}
