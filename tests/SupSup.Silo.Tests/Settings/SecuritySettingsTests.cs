using System.ComponentModel.DataAnnotations;
using SupSup.Silo.Security;
using SupSup.Silo.Settings;
using SupSup.Silo.Tests.Security;

namespace SupSup.Silo.Tests.Settings;

public sealed class SecuritySettingsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("supsup-settings-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("any")]
    [InlineData("0.0.0.0")]
    [InlineData("192.168.0.1")]
    [InlineData("::")]
    public void Given_an_address_open_to_others_when_nobody_has_to_say_who_they_are_then_it_is_refused_with_the_remedy(string address)
    {
        ShouldBeRefused(settings => settings.Http.Address = address, $"'{address}'", "supsup keys create", "Security:Jwt");
        using KeyFile keys = new();
        SiloSettings settings = new() { Http = { Address = address }, Security = { KeysFile = keys.File } };
        SettingsCheck.ThrowIfMistaken(settings);
    }

    [Theory]
    [InlineData("loopback")]
    [InlineData("127.0.0.2")]
    [InlineData("::1")]
    public void Given_a_loopback_address_when_settings_are_read_then_no_keys_are_needed(string address)
    {
        SiloSettings settings = new() { Http = { Address = address } };
        SettingsCheck.ThrowIfMistaken(settings);
        Assert.False(settings.Security.IsRequired);
    }

    [Theory]
    [InlineData("", "not a keys file")]
    [InlineData("{", "not a keys file")]
    [InlineData("[]", "not a keys file")]
    [InlineData("{}", "keys")]
    [InlineData("null", "empty")]
    [InlineData("{\"keys\":null}", "keys")]
    [InlineData("{\"keys\":[null]}", "null")]
    [InlineData("{\"keys\":[{}]}", "not a keys file")]
    [InlineData("{\"keys\":[{\"name\":\"\",\"role\":\"admin\",\"hash\":\"HASH1\"}]}", "1 to 100 characters")]
    [InlineData("{\"keys\":[{\"name\":null,\"role\":\"admin\",\"hash\":\"HASH1\"}]}", "not a keys file")]
    [InlineData("{\"keys\":[{\"name\":\"a\",\"role\":\"root\",\"hash\":\"HASH1\"}]}", "'root'")]
    [InlineData("{\"keys\":[{\"name\":\"a\",\"role\":\"admin\",\"hash\":\"sup_secret\"}]}", "supsup keys create")]
    [InlineData("{\"keys\":[{\"name\":\"a\",\"role\":\"admin\",\"hash\":\"HASH1\",\"expire\":\"2030-01-01\"}]}", "expire")]
    [InlineData(
        "{\"keys\":[{\"name\":\"a\",\"role\":\"admin\",\"hash\":\"HASH1\"},{\"name\":\"a\",\"role\":\"reader\",\"hash\":\"HASH2\"}]}",
        "'a'")]
    [InlineData(
        "{\"keys\":[{\"name\":\"a\",\"role\":\"admin\",\"hash\":\"HASH1\"},{\"name\":\"b\",\"role\":\"reader\",\"hash\":\"HASH1\"}]}",
        "'a' and 'b'")]
    public void Given_a_bad_keys_file_when_read_then_one_line_says_what_is_wrong_and_repeats_no_hash(string content, string wrong)
    {
        string hash = ApiKey.HashOf("one");
        string file = Write(
            content.Replace("HASH1", hash, StringComparison.Ordinal).Replace("HASH2", ApiKey.HashOf("two"), StringComparison.Ordinal));
        string line = ShouldBeRefused(settings => settings.Security.KeysFile = file, file, wrong);
        Assert.DoesNotContain(hash, line, StringComparison.Ordinal);
        Assert.DoesNotContain("sup_secret", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Given_a_missing_keys_file_when_settings_are_read_then_one_line_names_it_and_how_it_is_made() =>
        ShouldBeRefused(settings => settings.Security.KeysFile = "/nowhere/keys.json", "/nowhere/keys.json", "supsup keys create");

    [Fact]
    public void Given_a_bad_certificate_key_or_password_when_settings_are_read_then_one_line_names_the_file_and_never_the_password()
    {
        using CertificateFiles files = new();
        files.WritePem("server");
        files.WritePfx("self");
        string text = Write("no certificate");
        string otherKey = Write("");
        File.WriteAllBytes(otherKey, files.WritePem("another", writeKey: false));
        files.WritePem("server");
        foreach ((string certificate, string? key, string? password, string named) in new (string, string?, string?, string)[]
        {
            ("/nowhere/tls.crt", null, null, "/nowhere/tls.crt"),
            (files.Certificate, "/nowhere/tls.key", null, "/nowhere/tls.key"),
            (text, null, null, text),
            (text, files.Key, null, text),
            (files.Certificate, null, null, "Key"),
            (files.Certificate, text, null, files.Certificate),
            (files.Certificate, otherKey, null, files.Certificate),
            (files.Certificate, files.Key, CertificateFiles.Password, files.Certificate),
            (files.Pfx, null, "falsch-1234", files.Pfx),
            (files.Pfx, null, null, files.Pfx),
        })
        {
            string line = ShouldBeRefused(settings => (settings.Http.Tls.Certificate, settings.Http.Tls.Key, settings.Http.Tls.Password) =
                (certificate, key, password), named);
            Assert.DoesNotContain("1234", line, StringComparison.Ordinal);
        }

        ShouldBeRefused(settings => settings.Http.Tls.Key = files.Key, "Certificate is missing");
    }

    [Fact]
    public void Given_bad_token_settings_when_read_then_one_line_names_each()
    {
        using Tokens tokens = Tokens.Rsa();
        string file = tokens.PublicKeyFile;
        string text = Write("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n");
        ShouldBeRefused(settings => settings.Security.Jwt = new() { PublicKeyFile = file, Issuer = "i" }, "Audience is missing");
        ShouldBeRefused(settings => settings.Security.Jwt = new() { PublicKeyFile = file, Audience = "a" }, "Issuer is missing");
        ShouldBeRefused(settings => settings.Security.Jwt =
            new() { PublicKeyFile = "/nowhere/key.pem", Issuer = "i", Audience = "a" }, "/nowhere/key.pem", "no such file");
        ShouldBeRefused(
            settings => settings.Security.Jwt = new() { PublicKeyFile = text, Issuer = "i", Audience = "a" }, text, "no public key");
        ShouldBeRefused(
            settings => settings.Security.Jwt = new() { PublicKeyFile = Write("none"), Issuer = "i", Audience = "a" }, "no public key");
        ShouldBeRefused(settings => settings.Security.Jwt =
            new() { PublicKeyFile = file, Authority = "https://a.example.org", Issuer = "i", Audience = "a" }, "both set");
        ShouldBeRefused(settings => settings.Security.Jwt =
            new() { Authority = "http://a.example.org", Audience = "a" }, "'http://a.example.org'", "https");
        ShouldBeRefused(settings => settings.Security.Jwt = new() { Authority = "nothing", Audience = "a" }, "'nothing'");
        ShouldBeRefused(settings => settings.Security.Jwt = new() { Audience = "a" }, "Authority is missing");
    }

    private string Write(string content)
    {
        string file = Path.Combine(_folder, $"{Guid.NewGuid():N}");
        File.WriteAllText(file, content);
        return file;
    }

    private static string ShouldBeRefused(Action<SiloSettings> set, params string[] words)
    {
        SiloSettings settings = new();
        set(settings);
        string line = Assert.Throws<ValidationException>(() => SettingsCheck.ThrowIfMistaken(settings)).Message;
        Assert.DoesNotContain('\n', line);
        foreach (string word in words) Assert.Contains(word, line, StringComparison.Ordinal);
        return line;
    }
}
