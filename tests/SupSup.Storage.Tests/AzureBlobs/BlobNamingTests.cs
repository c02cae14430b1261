using System.Text;
using CsCheck;
using SupSup.Storage.AzureBlobs;

namespace SupSup.Storage.Tests.AzureBlobs;

/// <summary>Blob names: the official provider's where the service takes them, and never two records under one.</summary>
public sealed class BlobNamingTests
{
    private static readonly Gen<string> Pieces = Gen.OneOf(
        "a", "b", "/", ".", "..", "%", "%~", "%25~", "%2E", "\\", "\0", "\n", "-", "~", ".json", "ж", "🦊", "\uE000",
        "\uFFFD", "\uFFFF", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");

    private static readonly Gen<string> Keys = Gen.Select(
        Pieces.Array[0, 8], Gen.OneOf(1, 1, 1, 1, 40, 300),
        (pieces, times) => string.Concat(Enumerable.Repeat(string.Concat(pieces), times)));

    // Two keys drawn apart hardly ever come near each other, so most pairs are a key and the name made from it.
    private static readonly Gen<(string One, string Other)> Pairs = Gen.Select(Gen.Int[0, 3], Keys, Keys)
        .Select((kind, a, b) => kind switch
        {
            0 => (a, b),
            1 => (a, Name(a)["mask-task/".Length..^".json".Length]),
            2 => (a, a.Replace("%", "%25", StringComparison.Ordinal)),
            _ => (a + b, b + a),
        });

    [Theory]
    [InlineData("permuted/12", "permuted/12")]
    [InlineData("Привет", "Привет")]
    [InlineData("..", "..")]
    [InlineData("a//b", "a//b")]
    [InlineData("/a/", "/a/")]
    [InlineData("", "")]
    [InlineData("100%", "100%")]
    [InlineData("a%2Fb", "a%2Fb")]
    [InlineData("a?b#c", "a?b#c")]
    [InlineData("a.json/b", "a.json/b")]
    public void Given_a_key_azure_takes_when_named_then_the_name_is_the_official_one(string key, string name) =>
        Assert.Equal($"mask-task/{name}.json", Name(key));

    [Theory]
    [InlineData("../x", "%~.%2E/x")]
    [InlineData("a/./b", "%~a/%2E/b")]
    [InlineData("a./b%", "%~a%2E/b%25")]
    [InlineData("a\\b", "%~a%5Cb")]
    [InlineData("tab\t", "%~tab%09")]
    [InlineData("\uE000", "%~%EE%80%80")]
    [InlineData("%~x", "%~%25~x")]
    public void Given_a_key_azure_does_not_take_when_named_then_it_is_marked_and_escaped(string key, string name) =>
        Assert.Equal($"mask-task/{name}.json", Name(key));

    [Fact]
    public void Given_a_key_that_is_too_long_when_named_then_it_is_hashed() =>
        Assert.Matches(@"^mask-task/%~[0-9a-f]{64}\.json$", Name(new string('x', 1100)));

    [Fact]
    public void Given_a_key_that_just_fits_when_named_then_the_name_is_the_official_one()
    {
        string key = new('x', 1024 - "mask-task/.json".Length);

        Assert.Equal($"mask-task/{key}.json", Name(key));
        Assert.StartsWith("mask-task/%~", Name(key + "x"));
    }

    [Fact]
    public void Given_a_key_that_is_not_utf8_when_named_then_its_bytes_are_escaped()
    {
        var grain = GrainId.Create(GrainType.Create("task"), new IdSpan([0xFF, (byte)'a', 0xD0]));

        Assert.Equal("mask-task/%~%FFa%D0.json", BlobNaming.BlobName("mask", grain));
    }

    [Theory]
    [InlineData("mask", "supsup.task", "1")]
    [InlineData("mask-v2", "task", "1")]
    [InlineData("a%b", "c", "1")]
    public void Given_a_state_and_a_type_when_named_then_the_name_is_the_official_one(string state, string type, string key) =>
        Assert.Equal($"{state}-{type}/{key}.json", Name(state, type, key));

    [Fact]
    public void Given_a_state_name_that_is_too_long_when_named_then_it_is_hashed_too() =>
        Assert.Matches(@"^%~/%~[0-9a-f]{64}\.json$", Name(new string('s', 2000), "task", "1"));

    [Fact]
    public void Given_two_different_keys_when_named_then_the_names_differ() => Pairs.Sample(
        (one, other) =>
        {
            if (one != other) Assert.NotEqual(Name(one), Name(other));
        },
        iter: 40_000);

    [Fact]
    public void Given_any_key_when_named_then_azure_takes_the_name_and_only_then_it_is_the_official_one() => Keys.Sample(
        key =>
        {
            string official = $"mask-task/{key}.json", name = Name(key);
            AssertTaken(name);
            Assert.Equal(IsTaken(official) && !key.StartsWith("%~", StringComparison.Ordinal), name == official);
        },
        iter: 20_000);

    private static void AssertTaken(string name) => Assert.True(IsTaken(name), name);

    // What the service's documentation says of blob names, told another way than the provider does.
    private static bool IsTaken(string name) =>
        name.Length <= 1024
        && name.Split('/') is { Length: <= 254 } segments
        && !segments.Any(segment => segment.EndsWith('.'))
        && !name.Any(c => char.IsControl(c) || c is '\\' or '\uE000' or '\uFFFF');

    private static string Name(string key) => Name("mask", "task", key);

    private static string Name(string state, string type, string key) => BlobNaming.BlobName(
        state,
        GrainId.Create(new GrainType(Encoding.UTF8.GetBytes(type)), IdSpan.Create(key)));
}
