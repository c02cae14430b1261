using System.Collections.Immutable;
using System.Globalization;
using SupSup.Core.Naming;

namespace SupSup.Core.Networks;

/// <summary>
/// Reads plans from text: sizes joined by dashes, as in "784-300-100-500", or NETWORK/INPUTS-OUTPUTS, as in
/// "lenet-300-100/784-500". A network over pictures will give its inputs as CHANNELSxROWSxCOLUMNS, as in
/// "resnet18-20/3x32x32-5"; this build has none.
/// </summary>
public static class Plans
{
    /// <summary>The named networks, which are those of the paper, with their hidden layer sizes.</summary>
    public static ImmutableSortedDictionary<string, ImmutableArray<int>> Networks { get; } =
        ImmutableSortedDictionary.CreateRange(StringComparer.OrdinalIgnoreCase, new Dictionary<string, ImmutableArray<int>>
        {
            ["lenet-300-100"] = [300, 100],
            ["fc-1024"] = [1024, 1024],
        });

    /// <summary>Reads a plan.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="ArgumentException">It names no plan of this build, or one whose sizes are out of range.</exception>
    public static NetworkPlan Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] halves = text.Split('/');
        ImmutableArray<int> sizes = Sizes(halves[^1]);
        if (halves.Length == 1 && sizes.Length >= 2) return NetworkPlan.Dense(sizes[0], sizes[1..^1], sizes[^1]);
        if (halves.Length != 2 || (sizes.Length != 2 && !halves[1].Contains('x', StringComparison.Ordinal)))
        {
            throw new ArgumentException(
                $"unknown plan '{text}': use sizes such as 784-300-100-500, or NETWORK/INPUTS-OUTPUTS such as lenet-300-100/784-500");
        }

        if (sizes.Length != 2)
        {
            throw new ArgumentException(
                $"plan '{text}' has pictures as inputs, for which this build has no engine; "
                + "use one over vectors, such as lenet-300-100/784-500");
        }

        return Of(halves[0], sizes[0], sizes[1]);
    }

    /// <summary>The plan of a network for given data.</summary>
    /// <param name="network">What <see cref="Hidden"/> reads.</param>
    /// <param name="inputs">Values of an example.</param>
    /// <param name="outputs">Output size s.</param>
    /// <exception cref="ArgumentException">No network has the name, or a size is out of range.</exception>
    public static NetworkPlan Of(string network, int inputs, int outputs) => NetworkPlan.Dense(inputs, Hidden(network), outputs);

    /// <summary>The hidden layer sizes of a network, input side first.</summary>
    /// <param name="network">A name of <see cref="Networks"/> or hidden sizes such as "256" or "512-256-128".</param>
    /// <exception cref="ArgumentException">The text is neither.</exception>
    public static ImmutableArray<int> Hidden(string network)
    {
        ArgumentNullException.ThrowIfNull(network);
        ImmutableArray<int> hidden = Networks.TryGetValue(network, out ImmutableArray<int> named) ? named : Sizes(network);
        return hidden.Length > 0 && !hidden.Contains(0)
            ? hidden : throw Named.Unknown("network", network, Networks.Keys, ", or hidden sizes such as 512-256");
    }

    // Empty where a part is no number.
    private static ImmutableArray<int> Sizes(string text)
    {
        ImmutableArray<int> sizes = [.. text.Split('-').Select(Size)];
        return sizes.Contains(-1) ? [] : sizes;

        static int Size(string part) => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int size) ? size : -1;
    }
}
