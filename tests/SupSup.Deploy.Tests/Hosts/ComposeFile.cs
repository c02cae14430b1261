using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace SupSup.Deploy.Tests.Hosts;

/// <summary>deploy/compose, with the variables of its .env put in, as Compose does.</summary>
internal sealed class ComposeFile
{
    private readonly YamlMappingNode _root;

    public ComposeFile()
    {
        Variables = File.ReadLines(In(".env")).Where(line => line.Length > 0 && !line.StartsWith('#'))
            .Select(line => line.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        string text = Regex.Replace(File.ReadAllText(In("compose.yaml")), @"\$\{(\w+)\}", match => Variables[match.Groups[1].Value]);
        YamlStream stream = [];
        stream.Load(new StringReader(text));
        _root = (YamlMappingNode)stream.Documents.Single().RootNode;
    }

    public Dictionary<string, string> Variables { get; }

    /// <summary>The keys of the file.</summary>
    public IEnumerable<string> Keys => Keyed(_root).Keys;

    /// <summary>The services by name.</summary>
    public Dictionary<string, YamlMappingNode> Services =>
        Keyed(_root, "services").ToDictionary(pair => pair.Key, pair => (YamlMappingNode)pair.Value);

    public static string In(string name) => Repository.In("deploy", "compose", name);

    /// <summary>What a part of the file has by name.</summary>
    public Dictionary<string, YamlNode> Part(string name) => Keyed(_root, name);

    /// <summary>A map's entries.</summary>
    public static Dictionary<string, YamlNode> Keyed(YamlMappingNode node) =>
        node.Children.ToDictionary(pair => Text(pair.Key), pair => pair.Value);

    /// <summary>The entries of a map in a map; none where there is no such key.</summary>
    public static Dictionary<string, YamlNode> Keyed(YamlMappingNode node, string key) =>
        node.Children.TryGetValue(key, out YamlNode? value) ? Keyed((YamlMappingNode)value) : [];

    /// <summary>A list, or the single text, under a key; empty where there is none.</summary>
    public static string[] Listed(YamlMappingNode node, string key) => !node.Children.TryGetValue(key, out YamlNode? value) ? []
        : value is YamlSequenceNode list ? [.. list.Select(Text)] : [Text(value)];

    public static string Text(YamlNode node) => ((YamlScalarNode)node).Value!;
}
