namespace StreamTasks;

/// <summary>What can be said on the command line.</summary>
internal sealed record Arguments
{
    private const string Usage = """
        usage: StreamTasks [--redis HOST:PORT | --gateway HOST:PORT] [--service-id ID] [--cluster-id ID]
                           [--model NAME] [--tasks N] [--batches N] [--images N] [--data FOLDER]
        """;

    public string? Redis { get; private init; }

    public string? Gateway { get; private init; }

    public string ServiceId { get; private init; } = "supsup";

    public string ClusterId { get; private init; } = "supsup";

    public string Model { get; private init; } = "stream-tasks";

    public int Tasks { get; private init; } = 5;

    public int Batches { get; private init; } = 300;

    /// <summary>Test images per task.</summary>
    public int Images { get; private init; } = 200;

    /// <summary>Folder of the four IDX files of MNIST.</summary>
    public string Data { get; private init; } = Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".supsup", "data", "mnist");

    /// <summary>Reads them; null, and a line on stderr, if they are invalid.</summary>
    public static Arguments? Parse(string[] args)
    {
        Arguments parsed = new();
        for (int n = 0; n < args.Length; n += 2)
        {
            string value = n + 1 < args.Length ? args[n + 1] : "";
            int count = int.TryParse(value, out int number) && number > 0 ? number : 0;
            Arguments? next = (args[n], value, count) switch
            {
                (_, "", _) => null,
                ("--redis", _, _) => parsed with { Redis = value },
                ("--gateway", _, _) => parsed with { Gateway = value },
                ("--service-id", _, _) => parsed with { ServiceId = value },
                ("--cluster-id", _, _) => parsed with { ClusterId = value },
                ("--model", _, _) => parsed with { Model = value },
                ("--data", _, _) => parsed with { Data = value },
                ("--tasks", _, > 0) => parsed with { Tasks = count },
                ("--batches", _, > 0) => parsed with { Batches = count },
                ("--images", _, > 0 and <= 10_000) => parsed with { Images = count },
                _ => null,
            };
            if (next is null)
            {
                Console.Error.WriteLine($"invalid option '{args[n]} {value}'\n{Usage}");
                return null;
            }

            parsed = next;
        }

        return parsed;
    }
}
