using System.Globalization;

namespace Intents;

/// <summary>What can be said on the command line.</summary>
internal sealed record Arguments
{
    private const string Usage = """
        usage: Intents learn | evaluate | ask [SENTENCE...]
               [--data FILE --domains FILE] [--model NAME] [--gateway HOST:PORT] [--unknown-rate SHARE]
        """;

    /// <summary>"learn", "evaluate" or "ask".</summary>
    public string Command { get; private init; } = "";

    /// <summary>What is asked about; where there is none, the lines of stdin are.</summary>
    public IReadOnlyList<string> Sentences { get; private init; } = [];

    public string Data { get; private init; } = Path.Combine(AppContext.BaseDirectory, "data", "excerpt.json");

    public string Domains { get; private init; } = Path.Combine(AppContext.BaseDirectory, "data", "domains.json");

    public string Model { get; private init; } = "intents";

    public string? Gateway { get; private init; }

    /// <summary>The share of sentences of known domains that may be taken for unknown.</summary>
    public double UnknownRate { get; private init; } = 0.01;

    /// <summary>Reads them; null, and a line on stderr, if they are invalid.</summary>
    public static Arguments? Parse(string[] args)
    {
        if (args is not ["learn" or "evaluate" or "ask", ..]) return Refuse($"invalid command '{args.FirstOrDefault()}'");
        Arguments parsed = new() { Command = args[0] };
        for (int n = 1; n < args.Length; n++)
        {
            if (!args[n].StartsWith("--", StringComparison.Ordinal))
            {
                if (parsed.Command != "ask") return Refuse($"'{parsed.Command}' takes no sentences, such as '{args[n]}'");
                parsed = parsed with { Sentences = [.. parsed.Sentences, args[n]] };
                continue;
            }

            string option = args[n], value = ++n < args.Length ? args[n] : "";
            double share = double.TryParse(value, CultureInfo.InvariantCulture, out double number) ? number : 0;
            Arguments? next = (option, value, share) switch
            {
                (_, "", _) => null,
                ("--data", _, _) => parsed with { Data = value },
                ("--domains", _, _) => parsed with { Domains = value },
                ("--model", _, _) => parsed with { Model = value },
                ("--gateway", _, _) => parsed with { Gateway = value },
                ("--unknown-rate", _, > 0 and <= 0.5) => parsed with { UnknownRate = share },
                _ => null,
            };
            if (next is null) return Refuse($"invalid option '{option} {value}'");
            parsed = next;
        }

        return parsed;
    }

    private static Arguments? Refuse(string problem)
    {
        Console.Error.WriteLine($"{problem}\n{Usage}");
        return null;
    }
}
