using System.Text;
using CsCheck;
using SupSup.Storage.LocalDirectory;

namespace SupSup.Storage.Tests.LocalDirectory;

/// <summary>Every record has a file name of its own that a file system can hold.</summary>
public sealed class RecordNamingTests
{
    // Few different pieces, each with a part in the escaping, so that near-collisions are common.
    private static readonly Gen<string> Text = Gen.Frequency(
        (8, Gen.OneOf("a", "A", "/", "/", ".", "..", "%", "%~", "%2F", "-", ".json", "\0", "ж", "\u0085", "🦊", "2E")
            .Array[0, 6].Select(string.Concat)),
        (1, Gen.Select(Gen.OneOf("x", "ж", "%", "a/"), Gen.Int[60, 700], Gen.OneOf("", "1", "2"))
            .Select((piece, times, end) => string.Concat(Enumerable.Repeat(piece, times)) + end)));

    private static readonly Gen<(string State, string Type, string Key)> Records = Gen.Select(Text, Text, Text);

    // Two records drawn apart hardly ever come near each other, so most pairs share all but one piece.
    private static readonly Gen<((string, string, string) One, (string, string, string) Other)> Pairs =
        Gen.Select(Gen.Int[0, 7], Text, Text, Text, Text).Select((kind, a, b, c, d) => kind switch
        {
            0 => ((a, b, c), (a, b, d)),
            1 => ((a, b, c), (d, b, c)),
            2 => ((a, b, c), (a, d, c)),
            3 => ((a + "-" + b, c, d), (a, b + "-" + c, d)),
            4 => ((a, b + "/" + c, d), (a, b, c + "/" + d)),
            5 => ((a, b, c), (a, b, c + ".json/" + d)),
            6 => ((a, b, c), (a, b, c + "/" + d)),
            _ => ((a, b, c), (a, b, Name((a, b, c))[(Name((a, b, "")).Length - "%.json".Length)..^".json".Length])),
        });

    [Theory]
    [InlineData("mask", "task", "permuted/12", "mask-task/permuted/12.json")]
    [InlineData("mask", "task", "Привет", "mask-task/Привет.json")]
    [InlineData("mask", "task", "..", "mask-task/%2E..json")]
    [InlineData("mask", "task", "../x", "mask-task/%2E./x.json")]
    [InlineData("mask", "task", "a//b", "mask-task/a/%/b.json")]
    [InlineData("mask", "task", "a/", "mask-task/a/%.json")]
    [InlineData("mask", "task", "", "mask-task/%.json")]
    [InlineData("mask", "task", "100%", "mask-task/100%25.json")]
    [InlineData("mask", "task", "a.json/b", "mask-task/a%2Ejson/b.json")]
    [InlineData("mask", "task", "tab\t", "mask-task/tab%09.json")]
    [InlineData("mask-v2", "task", "1", "mask%2Dv2-task/1.json")]
    [InlineData("mask", "task-v2", "1", "mask-task-v2/1.json")]
    [InlineData("mask", "a/b", "1", "mask-a%2Fb/1.json")]
    public void Given_a_record_when_named_then_the_name_is_azures_save_for_the_escapes(
        string state, string type, string key, string name) => Assert.Equal(name, Name((state, type, key)));

    [Fact]
    public void Given_a_key_that_is_not_utf8_when_named_then_its_bytes_are_escaped()
    {
        var grain = GrainId.Create(GrainType.Create("task"), new IdSpan([0xFF, (byte)'a', 0xD0]));

        Assert.Equal("mask-task/%FFa%D0.json", RecordNaming.RelativePath("mask", grain));
    }

    [Fact]
    public void Given_two_different_records_when_named_then_neither_meets_the_other_as_file_or_directory() =>
        Pairs.Sample(
            (one, other) =>
            {
                if (one == other) return;
                string a = Name(one), b = Name(other);
                Assert.NotEqual(a, b);
                Assert.False(a.StartsWith(b + "/", StringComparison.Ordinal), $"{a} lies in {b}");
                Assert.False(b.StartsWith(a + "/", StringComparison.Ordinal), $"{b} lies in {a}");
            },
            iter: 200_000);

    [Fact]
    public void Given_any_record_when_named_then_a_file_system_can_hold_it() =>
        Records.Sample(
            record =>
            {
                string name = Name(record);
                Assert.True(Encoding.UTF8.GetByteCount(name) <= 1300);
                Assert.EndsWith(".json", name);
                Assert.All(name.Split('/'), segment =>
                {
                    Assert.InRange(Encoding.UTF8.GetByteCount(segment), 1, 205);
                    Assert.NotEqual('.', segment[0]);
                    Assert.DoesNotContain(segment, char.IsControl);
                });
                Assert.All(name.Split('/')[..^1], directory => Assert.DoesNotMatch(@"\.json$", directory));
            },
            iter: 50_000);

    [Fact]
    public void Given_a_name_that_was_not_hashed_when_its_escapes_are_undone_then_it_is_azures_blob_name() =>
        Records.Sample(
            record =>
            {
                string name = Name(record);
                if (name.Contains("%~", StringComparison.Ordinal)) return;
                Assert.Equal($"{record.State}-{record.Type}/{record.Key}.json", Undone(name));
            },
            iter: 50_000);

    private static string Name((string State, string Type, string Key) record) => RecordNaming.RelativePath(
        record.State,
        GrainId.Create(new GrainType(Encoding.UTF8.GetBytes(record.Type)), IdSpan.Create(record.Key)));

    private static string Undone(string name) => Uri.UnescapeDataString(string.Join(
        '/', name[..^5].Split('/').Select(segment => segment == "%" ? "" : segment))) + ".json";
}
