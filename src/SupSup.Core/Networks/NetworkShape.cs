using System.Collections.Immutable;

namespace SupSup.Core.Networks;

/// <summary>The sizes of a fully connected network: inputs, hidden layers with ReLU, outputs; no biases.</summary>
public sealed class NetworkShape : IEquatable<NetworkShape>
{
    private const int LargestSize = 1 << 20;
    private const long LargestCount = 1L << 30;

    /// <summary>Describes a network.</summary>
    /// <param name="inputs">Input size, at least 1.</param>
    /// <param name="hidden">Hidden layer sizes, each at least 1; may be empty.</param>
    /// <param name="outputs">Output size s, at least 2.</param>
    /// <exception cref="ArgumentException">A size is out of range or the network has over 2^30 weights.</exception>
    public NetworkShape(int inputs, IEnumerable<int> hidden, int outputs)
    {
        ImmutableArray<int> sizes = [inputs, .. hidden, outputs];
        if (sizes.Any(size => size is < 1 or > LargestSize) || outputs < 2)
        {
            throw new ArgumentException(
                $"a network of sizes {string.Join('-', sizes)} cannot be built: "
                + $"every size must be 1 to {LargestSize} and the output size at least 2");
        }

        Layers = [.. sizes.Skip(1).Select((size, l) => new LayerShape(size, sizes[l]))];
        if (sizes.Skip(1).Select((size, l) => (long)size * sizes[l]).Sum() > LargestCount)
        {
            throw new ArgumentException(
                $"a network of sizes {string.Join('-', sizes)} has more than {LargestCount} weights; choose smaller layers");
        }
    }

    /// <summary>The layers, input side first.</summary>
    public ImmutableArray<LayerShape> Layers { get; }

    /// <summary>Input size.</summary>
    public int Inputs => Layers[0].Inputs;

    /// <summary>Output size s.</summary>
    public int Outputs => Layers[^1].Outputs;

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

    /// <summary>The sizes joined by dashes, as in "784-300-100-500".</summary>
    public override string ToString() => $"{Inputs}-{string.Join('-', Layers.Select(layer => layer.Outputs))}";
}
