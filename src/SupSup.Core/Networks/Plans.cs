using System.Collections.Immutable;
using System.Globalization;
using SupSup.Core.Naming;

namespace SupSup.Core.Networks;

/// <summary>
/// Reads plans from text: sizes joined by dashes, as in "784-300-100-500"; NETWORK/INPUTS-OUTPUTS, as in "lenet-300-100/784-500", or
/// over pictures, as in "resnet18-20/3x32x32-5" or "conv32-norm-relu-max2-conv64-norm-relu-average/3x32x32-10"; or JSON.
/// </summary>
public static class Plans
{
    /// <summary>The largest size of a layer, an input or a window.</summary>
    internal const int LargestSize = 1 << 20;

    // Whatever network can be read at all takes pictures of this size.
    private static readonly PlaneShape LargePictures = new(3, 224, 224);

    /// <summary>The named networks of linear layers, which are those of the paper, with their hidden layer sizes.</summary>
    public static ImmutableSortedDictionary<string, ImmutableArray<int>> Networks { get; } =
        ImmutableSortedDictionary.CreateRange(StringComparer.OrdinalIgnoreCase, new Dictionary<string, ImmutableArray<int>>
        {
            ["lenet-300-100"] = [300, 100],
            ["fc-1024"] = [1024, 1024],
        });

    /// <summary>The named networks over pictures, with the texts of their steps.</summary>
    public static ImmutableSortedDictionary<string, string> PictureNetworks { get; } =
        ImmutableSortedDictionary.CreateRange(StringComparer.OrdinalIgnoreCase, new Dictionary<string, string>
        {
            ["resnet18-20"] = ResidualNetworks.Small,
            ["resnet18"] = ResidualNetworks.Resnet18,
            ["resnet50"] = ResidualNetworks.Resnet50,
        });

    /// <summary>The names of all networks.</summary>
    public static IEnumerable<string> Names => Networks.Keys.Concat(PictureNetworks.Keys);

    /// <summary>Reads a plan.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="ArgumentException">It names no plan of this build, or one whose sizes are out of range.</exception>
    public static NetworkPlan Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (JsonPlan.IsMeant(text))
        {
            JsonPlan json = JsonPlan.Read(text);
            return json is { Input: { } shape, Outputs: { } size } ? Of(json.Steps, shape, size) : throw new ArgumentException(
                $"the plan in JSON has no \"{(json.Input is null ? "inputs" : "outputs")}\", which are needed here");
        }

        string[] halves = text.Split('/');
        if (halves.Length == 1 && Sizes(text) is { Length: >= 2 } sizes) return NetworkPlan.Dense(sizes[0], sizes[1..^1], sizes[^1]);
        string[] ends = halves[^1].Split('-');
        ImmutableArray<int> input = [.. ends[0].Split('x').Select(Size)];
        if (halves.Length != 2 || ends.Length != 2 || input.Contains(-1) || input.Length is not (1 or 3) || Size(ends[1]) < 0)
        {
            if (halves.Length == 2 && ends.Length == 1 && input.Length is 1 or 3 && !input.Contains(-1))
                throw new ArgumentException($"plan '{text}' has no output size; add it, as in '{text}-12'");
            throw new ArgumentException(
                $"unknown plan '{text}': use sizes such as 784-300-100-500, or NETWORK/INPUTS-OUTPUTS such as lenet-300-100/784-500 or, "
                + "over pictures, resnet18-20/3x32x32-5");
        }

        return Of(halves[0], input.Length == 1 ? PlaneShape.Vector(input[0]) : new(input[0], input[1], input[2]), Size(ends[1]));
    }

    /// <summary>The plan of a network for given data.</summary>
    /// <param name="network">A name of <see cref="Names"/>, hidden sizes such as "512-256", steps such as "conv32-relu-average", or
    /// JSON, whose inputs and outputs may be left out.</param>
    /// <param name="input">What an example is.</param>
    /// <param name="outputs">Output size s.</param>
    /// <exception cref="ArgumentException">No network has the name, it takes no such examples, a size is out of range, or JSON has other
    /// inputs or outputs.</exception>
    public static NetworkPlan Of(string network, PlaneShape input, int outputs)
    {
        ArgumentNullException.ThrowIfNull(network);
        if (JsonPlan.IsMeant(network))
        {
            JsonPlan json = JsonPlan.Read(network);
            if (json.Input is { } said && (said.Area > 1 && input.Area > 1 ? said != input : said.Length != input.Length))
                throw new ArgumentException(
                    $"the plan in JSON has inputs {said}, but the data have {input}; leave \"inputs\" out, or read the data as {said}");
            if ((json.Outputs ?? outputs) != outputs)
                throw new ArgumentException(
                    $"the plan in JSON has outputs {json.Outputs}, but {outputs} are asked for; leave one of them out");
            network = json.Steps;
        }

        if (Networks.ContainsKey(network) || !Sizes(network).IsEmpty) return Of(network, input.Length, outputs);
        string? named = PictureNetworks.GetValueOrDefault(network), steps = named ?? network;
        if (named is null) CheckSteps(network);
        string name = named is null ? network : network.ToLowerInvariant();
        string text = $"{name}/{input.Channels}x{input.Rows}x{input.Columns}-{outputs}";
        int[] sizes = [input.Channels, input.Rows, input.Columns, outputs];
        if (sizes.Any(size => size is < 1 or > LargestSize) || outputs < 2
            || (long)input.Channels * input.Rows * input.Columns > int.MaxValue / sizeof(float))
        {
            throw new ArgumentException(
                $"network {text} cannot be built: every size must be 1 to {LargestSize} and the output size at least 2");
        }

        return new(text, input, PlanText.Read(network, steps, input, outputs));
    }

    /// <summary>The plan of a network for given data.</summary>
    /// <param name="network">What <see cref="Hidden"/> reads.</param>
    /// <param name="inputs">Values of an example.</param>
    /// <param name="outputs">Output size s.</param>
    /// <exception cref="ArgumentException">No network has the name, or a size is out of range.</exception>
    public static NetworkPlan Of(string network, int inputs, int outputs) => NetworkPlan.Dense(inputs, Hidden(network), outputs);

    /// <summary>The output size that a network itself says.</summary>
    /// <param name="network">As for <see cref="Of(string, PlaneShape, int)"/>; only JSON can say it.</param>
    /// <returns>The size; null where it says none.</returns>
    /// <exception cref="ArgumentException">It is JSON that cannot be read.</exception>
    public static int? OutputsOf(string network) => JsonPlan.IsMeant(network) ? JsonPlan.Read(network).Outputs : null;

    /// <summary>Checks that a text names or describes a network, whatever the examples.</summary>
    /// <param name="network">As for <see cref="Of(string, PlaneShape, int)"/>.</param>
    /// <exception cref="ArgumentException">It does not.</exception>
    public static void Check(string network)
    {
        ArgumentNullException.ThrowIfNull(network);
        JsonPlan? json = JsonPlan.IsMeant(network) ? JsonPlan.Read(network) : null;
        Of(network, json?.Input ?? LargePictures, json?.Outputs ?? 2);
    }

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

    // What are no steps at all is told apart before they are read.
    private static void CheckSteps(string network)
    {
        if (network.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
            throw new ArgumentException(
                $"network '{network}': a file is not read here, or there is none of this name; give its text, or check the name");
        if (network.Split('/') is { Length: > 1 } halves)
        {
            bool isSize = halves.Length == 2 && halves[1].Length > 0 && halves[1].All(c => char.IsAsciiDigit(c) || c is 'x' or '-');
            throw new ArgumentException(isSize
                ? $"network '{network}': inputs and outputs are those of the data; leave '/{halves[1]}' out"
                : $"network '{network}': there is no such file, and steps have no '/'");
        }

        string first = network.Split('-', '(')[0], letters = first.TrimEnd([.. "0123456789"]);
        bool isLikeName = letters.Length > 1 && Names.Any(name => name.StartsWith(letters, StringComparison.OrdinalIgnoreCase));
        if (!PlanText.IsStep(first) && (isLikeName || first == network))
        {
            throw Named.Unknown(
                "network", network, Names, ", or hidden sizes such as 512-256, or steps such as conv32-norm-relu-average"
                + (Suggestion.For(network, Names) is { Length: > 0 } meant ? meant : PlanText.Meant(network)));
        }
    }

    // Empty where a part is no number.
    private static ImmutableArray<int> Sizes(string text)
    {
        ImmutableArray<int> sizes = [.. text.Split('-').Select(Size)];
        return sizes.Contains(-1) ? [] : sizes;
    }

    private static int Size(string part) => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int size) ? size : -1;
}
