using System.Collections.Immutable;
using System.Globalization;

namespace SupSup.Core.Networks;

/// <summary>
/// Steps as text, joined by dashes: <c>conv32</c> (3x3; <c>conv32:5:2</c> has windows of 5x5, 2 pixels apart), <c>norm</c> (by a
/// task's own statistics; <c>normbatch</c> by those of the batch), <c>relu</c>, <c>swish</c>, <c>max2</c> (<c>max3:2</c>),
/// <c>average</c>, <c>flatten</c>, a number (a linear layer of so many outputs) and <c>res(BODY)</c> or <c>res(BODY|SHORTCUT)</c>.
/// </summary>
internal sealed class PlanText
{
    private const int DeepestResidual = 8;
    private const int UsualWindow = 3;

    private readonly string _network;
    private PlaneShape _at;

    private PlanText(string network, PlaneShape input) => (_network, _at) = (network, input);

    /// <summary>Reads the steps of a network.</summary>
    /// <param name="network">What errors call it.</param>
    /// <param name="steps">The text of its steps.</param>
    /// <param name="input">What an example is.</param>
    /// <param name="outputs">Output size s: the last step is a linear layer of them.</param>
    /// <exception cref="ArgumentException">The text is none of steps, or one cannot take what the one before makes.</exception>
    public static ImmutableArray<PlanStep> Read(string network, string steps, PlaneShape input, int outputs)
    {
        PlanText text = new(network, input);
        ImmutableArray<PlanStep> read = text.Chain(steps, 0);
        ImmutableArray<PlanStep> vector = text._at.Area == 1 ? read : read.Add(new PlanStep.Flatten());
        return vector.Add(new PlanStep.Linear(new LayerShape(outputs, text._at.Length)));
    }

    private ImmutableArray<PlanStep> Chain(string text, int depth)
    {
        ImmutableArray<PlanStep>.Builder steps = ImmutableArray.CreateBuilder<PlanStep>();
        foreach (string token in Split(text, '-'))
        {
            PlanStep step = Step(token, depth);
            _at = After(step, token);
            steps.Add(step);
        }

        return steps.ToImmutable();
    }

    private PlaneShape After(PlanStep step, string token)
    {
        try
        {
            return step.After(_at);
        }
        catch (ArgumentException error)
        {
            throw new ArgumentException($"network '{_network}': step '{token}' does not fit: {error.Message}");
        }
    }

    private PlanStep Step(string token, int depth) => token switch
    {
        "norm" => new PlanStep.Normalize(_at.Channels),
        "normbatch" => new PlanStep.Normalize(_at.Channels, OfBatch: true),
        "relu" => new PlanStep.Relu(),
        "swish" => new PlanStep.Swish(),
        "average" => new PlanStep.Average(),
        "flatten" => new PlanStep.Flatten(),
        _ when Numbers(token, "conv") is { Length: >= 1 and <= 3 } conv =>
            new PlanStep.Convolve(_at.Channels, conv[0], conv.Length > 1 ? conv[1] : UsualWindow, conv.Length > 2 ? conv[2] : 1),
        _ when Numbers(token, "max") is { Length: 1 or 2 } max => new PlanStep.MaxPool(max[0], max[^1]),
        _ when Numbers(token, "") is { Length: 1 } linear => new PlanStep.Linear(new LayerShape(linear[0], _at.Length)),
        _ when depth < DeepestResidual && token.StartsWith("res(", StringComparison.Ordinal) && token.EndsWith(')') =>
            Residual(token, depth),
        _ => throw new ArgumentException(
            $"network '{_network}': unknown step '{token}'; use conv32 or conv32:5:2, norm, normbatch, relu, swish, max2 or max3:2, "
            + $"average, flatten, a number of linear outputs, res(BODY) or res(BODY|SHORTCUT), or one of {string.Join(", ", Plans.Names)}"),
    };

    private PlanStep.Residual Residual(string token, int depth)
    {
        PlaneShape before = _at;
        string[] halves = [.. Split(token[4..^1], '|')];
        if (halves.Length > 2) throw new ArgumentException($"network '{_network}': '{token}' has more than a body and a shortcut");
        ImmutableArray<PlanStep> body = Chain(halves[0], depth + 1);
        _at = before;
        ImmutableArray<PlanStep> shortcut = halves.Length == 2 ? Chain(halves[1], depth + 1) : [];
        _at = before;
        return new(body, shortcut);
    }

    // The numbers after a name, joined by colons; null where they are none from 1 to 2^20.
    private static int[]? Numbers(string token, string name)
    {
        if (!token.StartsWith(name, StringComparison.Ordinal)) return null;
        static int Number(string part) =>
            int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number <= Plans.LargestSize ? number : 0;
        int[] numbers = [.. token[name.Length..].Split(':').Select(Number)];
        return numbers.Contains(0) ? null : numbers;
    }

    // At the depth of the text itself: what is in parentheses stays whole.
    private static IEnumerable<string> Split(string text, char separator)
    {
        (int from, int depth) = (0, 0);
        for (int n = 0; n < text.Length; n++)
        {
            if (text[n] == '(') depth++;
            if (text[n] == ')') depth--;
            if (text[n] != separator || depth != 0) continue;
            yield return text[from..n];
            from = n + 1;
        }

        yield return text[from..];
    }
}
