using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace SupSup.Silo.Tests.Fuzz;

/// <summary>Makes something wrong of something right, the same each time for the same seed.</summary>
/// <param name="seed">The seed.</param>
internal sealed partial class Mutator(int seed)
{
    private static readonly string[] Tokens =
    [
        "null", "true", "false", "0", "-0", "-1", "1", "0.5", "1e999", "-1e999", "1e-999", "1e38", "3.5e38", "2147483647", "2147483648",
        "-2147483649", "9223372036854775807", "9223372036854775808",
        "18446744073709551616", "65536", "4096", "01", "1.", ".5", "+1", "NaN", "Infinity", "\"NaN\"", "\"-Infinity\"", "\"\"",
        "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"\\u0000\"", "\"\\x\"", "\"1\"",
        "[]", "{}", "[null]", "[[]]", "[1,\"a\",null]", "{\"a\":1,\"a\":2}", "{\"\":null}", "\"input\"", "\"FP32\"", "\"FP64\"",
        "\"UINT8\"", "\"BYTES\"", "\"data\"", "\"binary_data_size\"", "\"parameters\"",
        "\"candidates\"", "\"../../etc\"", "\"/proc/self\"", "\"permuted\"", "\"rotated\"", "\"fast\"", "//", "/*x*/", ",", ":", "]", "}",
        "[", "{", "\"",
        new string('[', 200), string.Concat(Enumerable.Repeat("{\"a\":", 100)), $"\"{new string('x', 5000)}\"", new string('9', 400),
        $"[{string.Join(',', Enumerable.Repeat("0", 2000))}]",
    ];

    private static readonly string[] Values = ["null", "true", "0", "-1", "1", "7", "0.5", "1e38", "2147483647", "-2147483648",
        "9223372036854775807", "\"\"", "\"x\"", "\"NaN\"", "\"\\u0000\"", "[]", "{}", "[null]", "[[]]", "[[1,2,3,4]]", "[1,2,3,4]",
        "[null,null]", "{\"a\":null}"];

    private static readonly byte[][] Bytes = [[0], [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xEF, 0xBB, 0xBF],
        [0x7F], [0x0A], [0x0D, 0x0A], [0x22], [0x5C], [0xE2, 0x80]];

    /// <summary>Decides.</summary>
    public Random Random { get; } = new(seed);

    /// <summary>One of some.</summary>
    public T Pick<T>(IReadOnlyList<T> some) => some[Random.Next(some.Count)];

    /// <summary>Whether something happens that does so once in some times.</summary>
    public bool OnceIn(int times) => Random.Next(times) == 0;

    /// <summary>Changes JSON, a few tokens or bytes of it.</summary>
    public byte[] Json(string json)
    {
        string text = json;
        for (int n = Random.Next(3); n >= 0; n--) text = OnceIn(2) ? ChangeNode(text) : ChangeToken(text);
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return OnceIn(3) ? Raw(bytes) : bytes;
    }

    /// <summary>Changes bytes: some are flipped, put in, taken out, repeated, or the end is cut off.</summary>
    public byte[] Raw(byte[] bytes)
    {
        List<byte> changed = [.. bytes];
        for (int n = Random.Next(4); n >= 0; n--)
        {
            int at = Random.Next(changed.Count + 1);
            int length = Math.Min(Random.Next(1, 20), changed.Count - at);
            switch (Random.Next(6))
            {
                case 0 when at < changed.Count: changed[at] ^= (byte)(1 << Random.Next(8)); break;
                case 1 when at < changed.Count: changed[at] = (byte)Random.Next(256); break;
                case 2: changed.InsertRange(at, Pick(Bytes)); break;
                case 3: changed.RemoveRange(at, length); break;
                case 4: changed.InsertRange(at, changed.GetRange(at, length)); break;
                case 5 when OnceIn(2): changed.RemoveRange(at, changed.Count - at); break;
            }
        }

        return [.. changed];
    }

    // One of its lines stays JSON, with a value of it left out or another in its place.
    private string ChangeNode(string json)
    {
        string[] lines = json.Split('\n');
        int at = Random.Next(lines.Length);
        try
        {
            JsonNode? root = JsonNode.Parse(lines[at]);
            List<JsonNode> all = [];
            Collect(root, all);
            if (all.Count == 0) return ChangeToken(json);
            JsonNode node = Pick(all);
            JsonNode? other = JsonNode.Parse(Pick(Values));
            if (node.Parent is JsonObject parent && OnceIn(2)) parent.Remove(node.GetPropertyName());
            else if (node.Parent is null) root = other;
            else node.ReplaceWith(other);
            lines[at] = root?.ToJsonString() ?? "null";
        }
        // no JSON any more, a name twice, text that is none
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException)
        {
            return ChangeToken(json);
        }

        return string.Join('\n', lines);
    }

    private static void Collect(JsonNode? node, List<JsonNode> all)
    {
        if (node is null) return;
        all.Add(node);
        if (node is JsonObject fields)
            foreach (KeyValuePair<string, JsonNode?> field in fields) Collect(field.Value, all);
        else if (node is JsonArray items)
            foreach (JsonNode? item in items) Collect(item, all);
    }

    private string ChangeToken(string json)
    {
        MatchCollection tokens = Token().Matches(json);
        if (tokens.Count == 0) return Pick(Tokens);
        Match token = Pick(tokens);
        (string before, string after) = (json[..token.Index], json[(token.Index + token.Length)..]);
        return Random.Next(8) switch
        {
            0 => before + after,
            1 => before + token.Value + token.Value + after,
            2 => before + Pick(tokens).Value + after,
            3 => before + token.Value + Pick(Tokens) + after,
            _ => before + Pick(Tokens) + after,
        };
    }

    [GeneratedRegex("""
        "(\\.|[^"\\])*"|[-+0-9.eE]+|[a-z]+|[\[\]{},:]
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Token();
}
