using System.Globalization;

namespace Pictures;

/// <summary>What can be said on the command line.</summary>
internal sealed record Arguments
{
    private const string Usage = """
        usage: Pictures draw FOLDER | learn FOLDER... | ask FILE...
               [--model NAME] [--gateway HOST:PORT] [--unknown-rate SHARE]
        """;

    /// <summary>"draw", "learn" or "ask".</summary>
    public string Command { get; private init; } = "";

    /// <summary>Files or folders, as the command takes them.</summary>
    public IReadOnlyList<string> Paths { get; private init; } = [];

    public string Model { get; private init; } = "pictures";

    public string? Gateway { get; private init; }

    /// <summary>The share of pictures of known tasks that may be taken for unknown.</summary>
    public double UnknownRate { get; private init; } = 0.01;

    /// <summary>Reads them; null, and a line on stderr, if they are invalid.</summary>
    public static Arguments? Parse(string[] args)
    {
        if (args is not ["draw" or "learn" or "ask", ..]) return Refuse($"invalid command '{args.FirstOrDefault()}'");
        Arguments parsed = new() { Command = args[0] };
        for (int n = 1; n < args.Length; n++)
        {
            if (!args[n].StartsWith("--", StringComparison.Ordinal))
            {
                parsed = parsed with { Paths = [.. parsed.Paths, args[n]] };
                continue;
            }

            string option = args[n], value = ++n < args.Length ? args[n] : "";
            double share = double.TryParse(value, CultureInfo.InvariantCulture, out double number) ? number : 0;
            Arguments? next = (option, value, share) switch
            {
                (_, "", _) => null,
                ("--model", _, _) => parsed with { Model = value },
                ("--gateway", _, _) => parsed with { Gateway = value },
                ("--unknown-rate", _, > 0 and <= 0.5) => parsed with { UnknownRate = share },
                _ => null,
            };
            if (next is null) return Refuse($"invalid option '{option} {value}'");
            parsed = next;
        }

        if (parsed.Paths.Count == 0) return Refuse($"'{parsed.Command}' needs a path");
        return parsed.Command == "draw" && parsed.Paths.Count > 1 ? Refuse("'draw' takes one folder") : parsed;
    }

    private static Arguments? Refuse(string problem)
    {
        Console.Error.WriteLine($"{problem}\n{Usage}");
        return null;
    }
}
