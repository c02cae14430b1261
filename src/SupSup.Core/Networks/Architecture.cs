using System.Collections.Immutable;

namespace SupSup.Core.Networks;

/// <summary>Names of hidden-layer lists: those the paper uses, and any list written as sizes joined by dashes.</summary>
public static class Architecture
{
    /// <summary>The named architectures with their hidden layer sizes.</summary>
    public static ImmutableSortedDictionary<string, ImmutableArray<int>> Named { get; } =
        ImmutableSortedDictionary.CreateRange(StringComparer.OrdinalIgnoreCase, new Dictionary<string, ImmutableArray<int>>
        {
            ["lenet-300-100"] = [300, 100],
            ["fc-1024"] = [1024, 1024],
        });

    /// <summary>Reads an architecture.</summary>
    /// <param name="text">A name of <see cref="Named"/> or hidden sizes such as "256" or "512-256-128".</param>
    /// <returns>Hidden layer sizes, input side first.</returns>
    /// <exception cref="ArgumentException">The text is neither.</exception>
    public static ImmutableArray<int> Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (Named.TryGetValue(text, out ImmutableArray<int> hidden)) return hidden;
        string[] parts = text.Split('-');
        ImmutableArray<int> sizes = [.. parts.Select(part => int.TryParse(part, out int size) && size > 0 ? size : 0)];
        if (sizes.Contains(0))
        {
            throw new ArgumentException(
                $"unknown network '{text}': use one of {string.Join(", ", Named.Keys)}, or hidden sizes such as 512-256");
        }

        return sizes;
    }
}
