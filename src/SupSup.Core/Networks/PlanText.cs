using System.Collections.Immutable;
using System.Globalization;
using SupSup.Core.Naming;

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

    private const string Usage = "use conv32 or conv32:5:2, norm, normbatch, relu, swish, max2 or max3:2, average, flatten, "
        + "a number of linear outputs, res(BODY) or res(BODY|SHORTCUT)";

    // Names, with the numbers that follow some of them.
    private static readonly Dictionary<string, string[]> Words = new()
    {
        ["conv"] = ["outputs", "window", "stride"],
        ["max"] = ["window", "stride"],
        [""] = ["outputs"],
        ["norm"] = [],
        ["normbatch"] = [],
        ["relu"] = [],
        ["swish"] = [],
        ["average"] = [],
        ["flatten"] = [],
        ["res"] = [],
    };

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
        text.CheckBrackets(steps);
        ImmutableArray<PlanStep> read = text.Chain(steps, 0, "");
        ImmutableArray<PlanStep> vector = text._at.Area == 1 ? read : read.Add(new PlanStep.Flatten());
        return vector.Add(new PlanStep.Linear(new LayerShape(outputs, text._at.Length)));
    }

    /// <summary>Whether a text begins as a step does.</summary>
    /// <param name="text">The text.</param>
    public static bool IsStep(string text) => Words.ContainsKey(Letters(text));

    /// <summary>What was meant by a step that is unknown, as the end of a sentence.</summary>
    /// <param name="token">The step.</param>
    public static string Meant(string token) =>
        IsStep(token) ? "" : Suggestion.For(Letters(token), Words.Keys.Where(word => word.Length > 0));

    private static string Letters(string text) => string.Concat(text.TakeWhile(char.IsAsciiLetter));

    private void CheckBrackets(string steps)
    {
        List<int> open = [];
        for (int n = 0; n < steps.Length; n++)
        {
            if (steps[n] == '(') open.Add(n);
            if (steps[n] != ')') continue;
            if (open.Count == 0) throw Invalid($"')' at character {n + 1} closes nothing; take it out, or open it by res(");
            open.RemoveAt(open.Count - 1);
        }

        if (open.Count > 0) throw Invalid($"'(' at character {open[^1] + 1} is not closed; close it by ')'");
    }

    private ImmutableArray<PlanStep> Chain(string text, int depth, string place)
    {
        ImmutableArray<PlanStep>.Builder steps = ImmutableArray.CreateBuilder<PlanStep>();
        foreach (string token in Split(text, '-'))
        {
            string where = $"the {Ordinal(steps.Count + 1)} step{place}";
            if (token.Length == 0) throw Invalid($"{where} is empty; take a '-' or '|' out, or put a step there");
            PlanStep step = Step(token, depth, where);
            _at = After(step, token, where);
            if ((long)_at.Channels * _at.Rows * _at.Columns > int.MaxValue / sizeof(float))
                throw Invalid($"{where}, {token}, makes {_at} values, which are too many; use fewer outputs, or smaller pictures (?size=)");
            steps.Add(step);
        }

        return steps.ToImmutable();
    }

    private PlaneShape After(PlanStep step, string token, string where)
    {
        try
        {
            return step.After(_at);
        }
        catch (ArgumentException error)
        {
            throw Invalid($"{where}, {token}, does not fit: {error.Message}");
        }
    }

    private PlanStep Step(string token, int depth, string where) => token switch
    {
        "norm" => new PlanStep.Normalize(_at.Channels),
        "normbatch" => new PlanStep.Normalize(_at.Channels, OfBatch: true),
        "relu" => new PlanStep.Relu(),
        "swish" => new PlanStep.Swish(),
        "average" => new PlanStep.Average(),
        "flatten" => new PlanStep.Flatten(),
        _ when Numbers(token, "conv", where) is { } conv =>
            new PlanStep.Convolve(_at.Channels, conv[0], conv.Length > 1 ? conv[1] : UsualWindow, conv.Length > 2 ? conv[2] : 1),
        _ when Numbers(token, "max", where) is { } max => new PlanStep.MaxPool(max[0], max[^1]),
        _ when Numbers(token, "", where) is { } linear => new PlanStep.Linear(new LayerShape(linear[0], _at.Length)),
        _ when token.StartsWith("res(", StringComparison.Ordinal) && token.EndsWith(')') => Residual(token, depth, where),
        _ => throw Invalid($"{where} is an unknown step '{token}'; {Usage}{Meant(token)}"),
    };

    private PlanStep.Residual Residual(string token, int depth, string where)
    {
        if (depth == DeepestResidual) throw Invalid($"'{token}' is inside of {depth} others; use at most {DeepestResidual}");
        PlaneShape before = _at;
        string[] halves = [.. Split(token[4..^1], '|')];
        if (halves.Length > 2) throw Invalid($"{where}, {token}, has more than a body and a shortcut; use one '|'");
        ImmutableArray<PlanStep> body = Chain(halves[0], depth + 1, $" in the body of {where}");
        _at = before;
        ImmutableArray<PlanStep> shortcut = halves.Length == 2 ? Chain(halves[1], depth + 1, $" in the shortcut of {where}") : [];
        _at = before;
        return new(body, shortcut);
    }

    // The numbers after a name, joined by colons; null where there are none.
    private int[]? Numbers(string token, string name, string where)
    {
        if (!token.StartsWith(name, StringComparison.Ordinal) || token.Length == name.Length) return null;
        string[] parts = token[name.Length..].Split(':'), names = Words[name];
        if (!parts.All(part => part.Length > 0 && part.All(char.IsAsciiDigit))) return null;
        if (parts.Length > names.Length)
            throw Invalid($"{where}, {token}, has {parts.Length} numbers; use at most {names.Length}: {string.Join(':', names)}");
        int[] numbers = [.. parts.Select(part => int.TryParse(part, CultureInfo.InvariantCulture, out int number) ? number : 0)];
        int wrong = Array.FindIndex(numbers, number => number is < 1 or > Plans.LargestSize);
        return wrong < 0
            ? numbers : throw Invalid($"{where}, {token}, has {names[wrong]} {parts[wrong]}; use 1 to {Plans.LargestSize}");
    }

    private ArgumentException Invalid(string problem) => new($"network '{_network}': {problem}");

    private static string Ordinal(int number) => number + (number % 100 is >= 11 and <= 13 ? "th" : (number % 10) switch
    {
        1 => "st",
        2 => "nd",
        3 => "rd",
        _ => "th",
    });

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
