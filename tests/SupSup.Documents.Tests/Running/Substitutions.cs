using System.Text.RegularExpressions;

namespace SupSup.Documents.Tests.Running;

/// <summary>
/// All that is put in the place of what documents show: ports, folders, names that the reader has, and, unless the tests are the
/// long ones, fewer and shorter trainings.
/// </summary>
internal sealed partial class Substitutions
{
    /// <summary>Whether commands that train for minutes run as they stand.</summary>
    public static bool AreLong { get; } = Environment.GetEnvironmentVariable("SUPSUP_LONG_TESTS") == "1";

    // The folder is the clone that a reader makes; the demo is the same with fewer and shorter tasks.
    private static readonly (string Shown, string Run)[] Clone = [("git clone URL supsup && cd supsup", ":")];
    private static readonly (string Shown, string Run)[] Shorter =
    [
        ("./supsup demo", "./supsup demo --tasks 2 --batches 20 --images 128"),
        ("--tasks 5 --batches 300", "--tasks 2 --batches 40"),
        ("./supsup train ", "./supsup train --batches 20 "),
        ("\"data\":{\"dataset\":", "\"batches\":20,\"data\":{\"dataset\":"),
    ];

    private static readonly (string Shown, string Run)[] ShorterCode =
        [("Batches = 300", "Batches = 30"), ("number < 300", "number < 30"), ("Index = 0 } }", "Index = 0 }, Batches = 40 }")];

    // Names that the reader has, in commands.
    private static readonly (string Shown, string Run)[] Names =
    [
        ("HOST", "127.0.0.1"), ("PICTURE...", "rose.jpg"), ("[0,0,...]", $"[{string.Join(',', Enumerable.Repeat(0, 784))}]"),
        ("--project samples/StreamTasks --", "--project samples/StreamTasks -- --gateway 127.0.0.1:30000"),
        ("STORE/", "$HOME/.supsup/store/"), ("BACKUP", "$HOME/backup"),
    ];

    private readonly Dictionary<string, string> _ports;
    private readonly string _folder;
    private readonly string _gateway;

    /// <summary>Those of a sandbox.</summary>
    /// <param name="folder">Where /data and /tmp of the documents are.</param>
    /// <param name="ports">Free ports in the place of 8080, 9000, 30000 and 11111.</param>
    public Substitutions(string folder, int[] ports)
    {
        _folder = folder;
        _ports = new() { ["8080"] = $"{ports[0]}", ["9000"] = $"{ports[1]}", ["30000"] = $"{ports[2]}", ["11111"] = $"{ports[3]}" };
        _gateway = $"Gateways = {{ \"127.0.0.1:{ports[2]}\" }}";
    }

    /// <summary>What is run for a shell's commands.</summary>
    /// <param name="text">The commands.</param>
    /// <param name="model">The model that MODEL stands for, or null where there is none yet.</param>
    public string Shell(string text, string? model)
    {
        foreach ((string shown, string run) in (IEnumerable<(string, string)>)[.. Clone, .. AreLong ? [] : Shorter, .. Names])
            text = text.Replace(shown, run, StringComparison.Ordinal);
        if (model is not null) text = ModelName().Replace(text, model);
        text = LeftOut().Replace(text, "");
        text = Sample().Replace(text, "$0 --gateway 127.0.0.1:30000");
        text = Folder().Replace(text, match => $"{_folder}{match.Value}");
        return Ports(Silo().Replace(text, "serve $0"));
    }

    /// <summary>What is run for C#: the silo on this machine is that of the sandbox.</summary>
    public string Code(string text)
    {
        if (!AreLong) foreach ((string shown, string run) in ShorterCode) text = text.Replace(shown, run, StringComparison.Ordinal);
        text = text.Replace("File.OpenRead(\"", $"File.OpenRead(\"{_folder}/", StringComparison.Ordinal);
        return Ports(OnThisMachine(text));
    }

    /// <summary>Puts the sandbox's ports in the place of those that are usual.</summary>
    public string Ports(string text) => Port().Replace(text, match => _ports[match.Value]);

    /// <summary>Has C# look for its silo at the sandbox's.</summary>
    public string OnThisMachine(string text) => text
        .Replace("new SupSupClientOptions()", $"new SupSupClientOptions {{ {_gateway} }}", StringComparison.Ordinal)
        .Replace("Redis = \"redis:6379\"", _gateway, StringComparison.Ordinal)
        .Replace("silo:30000", "127.0.0.1:30000", StringComparison.Ordinal);

    [GeneratedRegex(@"\b(8080|9000|30000|11111)\b")]
    private static partial Regex Port();

    [GeneratedRegex(@"(?<=models/)MODEL\b")]
    private static partial Regex ModelName();

    // Usage lines of the samples: what can be left out.
    [GeneratedRegex(@"(?<=python3 .*)\s*\[--[^\]]*\]")]
    private static partial Regex LeftOut();

    [GeneratedRegex(@"(?<=[\s""'=])/(data|tmp)/")]
    private static partial Regex Folder();

    // Samples whose options follow a command.
    [GeneratedRegex(@"^dotnet run .*--project samples/(Intents|Pictures) .*$", RegexOptions.Multiline)]
    private static partial Regex Sample();

    // A silo runs until it is stopped: beside the commands that follow.
    [GeneratedRegex(@"^(\./supsup silo\b|dotnet run .*--project src/SupSup\.Silo\b)", RegexOptions.Multiline)]
    private static partial Regex Silo();
}
