using System.Text.Json;

namespace Intents;

/// <summary>Sentences with their intents, as CLINC150 has them.</summary>
internal sealed class Corpus
{
    private static readonly string[] Splits = ["train", "test", "oos_test"];
    private readonly Dictionary<string, string[][]> _splits;

    private Corpus(Dictionary<string, string[][]> splits, Dictionary<string, string[]> domains) => (_splits, Domains) = (splits, domains);

    /// <summary>The intents of each domain.</summary>
    public IReadOnlyDictionary<string, string[]> Domains { get; }

    /// <summary>Reads a corpus.</summary>
    /// <param name="data">A JSON file that maps the names of splits to pairs of sentence and intent.</param>
    /// <param name="domains">A JSON file that maps domains to their intents.</param>
    /// <exception cref="InvalidDataException">A file is not what it should be.</exception>
    public static Corpus Read(string data, string domains)
    {
        Dictionary<string, string[][]> splits = Json<Dictionary<string, string[][]>>(data);
        if (Splits.FirstOrDefault(split => !splits.ContainsKey(split)) is { } missing)
            throw new InvalidDataException($"{data} has no split '{missing}'; it needs {string.Join(", ", Splits)}");
        if (splits.FirstOrDefault(split => split.Value.Any(row => row is not [_, _])) is { Key: { } wrong })
            throw new InvalidDataException($"{data}: split '{wrong}' has a row that is no pair of sentence and intent");
        Corpus corpus = new(splits, Json<Dictionary<string, string[]>>(domains));
        return corpus.Domains.Keys.FirstOrDefault(domain => corpus.Of("train", domain).Labels.Length == 0) is { } empty
            ? throw new InvalidDataException($"{data} has no training sentence of domain '{empty}'; add some, or take it out of {domains}")
            : corpus;
    }

    /// <summary>The sentences of a split that are of a domain, and the number of the intent of each.</summary>
    public (string[] Sentences, int[] Labels) Of(string split, string domain)
    {
        (string[] Row, int Label)[] rows =
            [.. _splits[split].Select(row => (row, Label: Array.IndexOf(Domains[domain], row[1]))).Where(pair => pair.Label >= 0)];
        return ([.. rows.Select(pair => pair.Row[0])], [.. rows.Select(pair => pair.Label)]);
    }

    /// <summary>All sentences of a split.</summary>
    public string[] Of(string split) => [.. _splits[split].Select(row => row[0])];

    private static T Json<T>(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllText(path)) ?? throw new InvalidDataException($"{path} is empty");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }
    }
}
