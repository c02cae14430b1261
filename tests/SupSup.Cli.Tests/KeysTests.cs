using System.Diagnostics;
using System.Text.Json;
using SupSup.Silo.Security;

namespace SupSup.Cli.Tests;

public sealed class KeysTests : IDisposable
{
    private readonly Tool _tool = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Keys => _tool.In("keys.json");

    public void Dispose() => _tool.Dispose();

    [Fact]
    public async Task Given_a_key_when_created_then_it_is_printed_once_and_the_file_which_is_its_owner_s_alone_has_its_hash()
    {
        Tool.Outcome first = await CreateAsync("ci", "trainer");
        Assert.Equal((0, ""), (first.ExitCode, first.Error));
        string key = first.Output.TrimEnd();
        Assert.Matches("^sup_[A-Za-z0-9_-]{43}$", key);
        Tool.Outcome second = await CreateAsync("page", "reader", "--days", "90", "--json");
        Assert.Equal(("page", "reader"), (second.Json.GetProperty("name").GetString(), second.Json.GetProperty("role").GetString()));
        string other = second.Json.GetProperty("key").GetString()!;

        string file = await File.ReadAllTextAsync(Keys, Stop);
        Assert.DoesNotContain(key, file, StringComparison.Ordinal);
        Assert.DoesNotContain(other, file, StringComparison.Ordinal);
        Assert.Contains(ApiKey.HashOf(key), file, StringComparison.Ordinal);
        Assert.Equal("600", await ModeAsync());
        Assert.Equal([Keys], Directory.GetFiles(_tool.Folder));

        Tool.Outcome list = await _tool.RunAsync("keys", "list", "--file", Keys);
        Assert.Equal(0, list.ExitCode);
        foreach (string shown in new[] { "ci", "trainer", "never", "page", "reader" })
            Assert.Contains(shown, list.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("sha256", list.Output, StringComparison.Ordinal);
        JsonElement[] listed =
            [.. (await _tool.RunAsync("keys", "list", "--file", Keys, "--json")).Json.GetProperty("keys").EnumerateArray()];
        Assert.Equal(["ci", "page"], listed.Select(entry => entry.GetProperty("name").GetString()));
        Assert.InRange(
            listed[1].GetProperty("expires").GetDateTimeOffset() - DateTimeOffset.UtcNow, TimeSpan.FromDays(89), TimeSpan.FromDays(90));
    }

    [Fact]
    public async Task Given_limits_when_a_key_is_created_then_the_file_and_the_list_have_them_and_a_key_without_has_none()
    {
        await CreateAsync("all", "reader");
        Assert.DoesNotContain("models", await File.ReadAllTextAsync(Keys, Stop), StringComparison.Ordinal); // as earlier builds read it
        await CreateAsync("acme", "trainer", "--models", "acme-*, shared", "--tasks", "basel-*");
        ApiKey kept = ApiKeyFile.Parse(await File.ReadAllBytesAsync(Keys, Stop)).Keys[1];
        Assert.Equal(["acme-*", "shared"], kept.Models!);
        Assert.Equal(["basel-*"], kept.Tasks!);
        JsonElement listed = (await _tool.RunAsync("keys", "list", "--file", Keys, "--json")).Json.GetProperty("keys");
        Assert.Equal(JsonValueKind.Null, listed[0].GetProperty("models").ValueKind);
        Assert.Equal("shared", listed[1].GetProperty("models")[1].GetString());
        Assert.Contains("acme-*, shared", (await _tool.RunAsync("keys", "list", "--file", Keys)).Output, StringComparison.Ordinal);
        (await CreateAsync("x", "reader", "--models", "a,,b")).ShouldFail(2, "'x'", "pattern ''");
    }

    [Fact]
    public async Task Given_a_key_when_revoked_then_it_is_gone_and_the_others_stay_as_they_were()
    {
        await CreateAsync("ci", "trainer");
        string kept = await File.ReadAllTextAsync(Keys, Stop);
        await CreateAsync("page", "reader");
        Tool.Outcome revoked = await _tool.RunAsync("keys", "revoke", "--file", Keys, "--name", "page");
        Assert.Equal((0, ""), (revoked.ExitCode, revoked.Error));
        Assert.Equal(kept, await File.ReadAllTextAsync(Keys, Stop));
        Assert.Equal("600", await ModeAsync());
        (await _tool.RunAsync("keys", "revoke", "--file", Keys, "--name", "page")).ShouldFail(1, Keys, "'page'", "supsup keys list");
    }

    [Fact]
    public async Task Given_an_impossible_request_when_keys_are_changed_then_one_line_says_so_and_the_file_is_unchanged()
    {
        await CreateAsync("ci", "trainer");
        byte[] before = await File.ReadAllBytesAsync(Keys, Stop);
        (await CreateAsync("ci", "reader")).ShouldFail(1, Keys, "'ci'", "revoke");
        (await CreateAsync("", "reader")).ShouldFail(2, "--name", "1 to 100 characters");
        (await CreateAsync(new string('n', 101), "reader")).ShouldFail(2, "--name", "1 to 100 characters");
        (await CreateAsync("a\nb", "reader")).ShouldFail(2, "--name", "control");
        (await CreateAsync("x", "root")).ShouldFail(2, "--role", "'root'");
        (await CreateAsync("x", "reader", "--days", "0")).ShouldFail(2, "--days", "'0'");
        Assert.Equal(before, await File.ReadAllBytesAsync(Keys, Stop));
        (await _tool.RunAsync("keys", "create", "--file", Keys, "--name", "x")).ShouldFail(2, "--role");
        (await _tool.RunAsync("keys", "list", "--file", _tool.In("none.json"))).ShouldFail(1, "none.json", "supsup keys create");
        (await _tool.RunAsync("keys", "revoke", "--file", _tool.In("none.json"), "--name", "x")).ShouldFail(
            1, "none.json", "supsup keys create");
        Assert.False(File.Exists(_tool.In("none.json")));
        string bad = _tool.In("bad.json");
        await File.WriteAllTextAsync(bad, """{"keys":[{"name":"a"}]}""", Stop);
        (await _tool.RunAsync("keys", "list", "--file", bad)).ShouldFail(2, bad, "not a keys file");
        (await _tool.RunAsync("keys", "create", "--file", bad, "--name", "x", "--role", "reader")).ShouldFail(2, bad, "not a keys file");
        Assert.Equal("""{"keys":[{"name":"a"}]}""", await File.ReadAllTextAsync(bad, Stop));
        (await _tool.RunAsync("keys", "create", "--file", "/proc/self/keys.json", "--name", "x", "--role", "reader")).ShouldFail(
            1, "/proc/self");
        (await _tool.RunAsync("keys", "create", "--file", _tool.Folder, "--name", "x", "--role", "reader")).ShouldFail(1, _tool.Folder);
    }

    private async Task<string> ModeAsync()
    {
        using Process stat = Process.Start(new ProcessStartInfo("stat", ["--format=%a", Keys]) { RedirectStandardOutput = true })!;
        return (await stat.StandardOutput.ReadToEndAsync(Stop)).TrimEnd();
    }

    private Task<Tool.Outcome> CreateAsync(string name, string role, params string[] more) =>
        _tool.RunAsync(["keys", "create", "--file", Keys, "--name", name, "--role", role, .. more]);
}
