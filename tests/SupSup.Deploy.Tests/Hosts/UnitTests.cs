using System.ComponentModel;
using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using SupSup.Silo.Settings;

namespace SupSup.Deploy.Tests.Hosts;

/// <summary>The systemd unit.</summary>
public sealed class UnitTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("supsup-unit-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static (string Key, string Value)[] Unit => Read("supsup-silo.service");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory, InlineData(false), InlineData(true)]
    public void Given_the_unit_with_or_without_the_drop_in_when_the_silo_reads_its_environment_then_it_has_no_mistake(bool network)
    {
        File.WriteAllText(
            Path.Combine(_folder, "keys.json"),
            $$"""{"keys": [{"name": "ops", "role": "admin", "hash": "sha256:{{new string('a', 64)}}"}]}""");
        Dictionary<string, string?> settings = [];
        foreach ((_, string value) in (network ? [.. Unit, .. Read("network.conf")] : Unit).Where(pair => pair.Key == "Environment"))
        {
            string[] pair = value.Split('=', 2);
            if (pair[0].StartsWith("SupSup__", StringComparison.Ordinal))
                settings[pair[0].Replace("__", ":", StringComparison.Ordinal)] =
                    pair[1].Replace("%S", "/var/lib", StringComparison.Ordinal).Replace("%d", _folder, StringComparison.Ordinal);
        }

        Assert.Empty(settings.Keys.Except(SettingsReader.All().Select(setting => setting.Key), StringComparer.Ordinal));
        SiloSettings read = SettingsReader.Read(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
        Assert.Equal(network ? "any" : "loopback", read.Http.Address);
        string state = Path.Combine("/var/lib", Unit.Single(pair => pair.Key == "StateDirectory").Value);
        Assert.StartsWith(state + "/", read.Storage.Directory, StringComparison.Ordinal);
        Assert.StartsWith(state + "/", read.Compute.DataFolder, StringComparison.Ordinal);
        Assert.True(double.Parse(Unit.Single(pair => pair.Key == "TimeoutStopSec").Value) > read.Drain.Seconds + read.Drain.StopSeconds);
        if (network) Assert.Contains(Read("network.conf"), pair => pair is ("LoadCredential", "keys.json:/etc/supsup/keys.json"));
    }

    [Fact]
    public void Given_the_unit_when_it_starts_the_silo_then_by_the_name_of_the_program_that_is_built()
    {
        string program = Path.GetFileName(Unit.Single(pair => pair.Key == "ExecStart").Value);
        Assert.True(File.Exists(Path.Combine(AppContext.BaseDirectory, program)), program);
    }

    [Fact]
    public async Task Given_systemd_when_it_checks_the_unit_then_it_knows_every_directive_and_finds_little_exposed()
    {
        // The program lies elsewhere here.
        string unit = Path.Combine(_folder, "supsup-silo.service");
        await File.WriteAllLinesAsync(
            unit,
            File.ReadLines(In("supsup-silo.service")).Select(line => line.StartsWith("ExecStart=", StringComparison.Ordinal)
                ? "ExecStart=/bin/true" : line),
            Stop);
        string dropIns = Directory.CreateDirectory(unit + ".d").FullName;
        File.Copy(In("network.conf"), Path.Combine(dropIns, "network.conf"));
        (int code, string said) = await AnalyzeAsync("verify", "--man=no", unit);
        Assert.True(code == 0 && said.Length == 0, said);

        // 0 is nothing exposed, 100 everything.
        (code, said) = await AnalyzeAsync("security", "--offline=true", "--threshold=20", "--no-pager", unit);
        Assert.True(code == 0, said);
    }

    [Fact]
    public async Task Given_a_misspelled_directive_when_systemd_checks_it_then_it_says_so()
    {
        string unit = Path.Combine(_folder, "wrong.service");
        await File.WriteAllTextAsync(unit, "[Service]\nExecStart=/bin/true\nProtectSytem=strict\n", Stop);
        (_, string said) = await AnalyzeAsync("verify", "--man=no", unit);
        Assert.Contains("ProtectSytem", said, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Said)> AnalyzeAsync(params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(
                new ProcessStartInfo("systemd-analyze", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            string said = await process.StandardOutput.ReadToEndAsync(Stop) + await process.StandardError.ReadToEndAsync(Stop);
            await process.WaitForExitAsync(Stop);
            return (process.ExitCode, said);
        }
        catch (Win32Exception)
        {
            Assert.Skip("there is no systemd-analyze");
            throw;
        }
    }

    private static (string Key, string Value)[] Read(string name) =>
        [.. File.ReadLines(In(name)).Where(line => line.Contains('=', StringComparison.Ordinal) && !line.StartsWith('#'))
            .Select(line => line.Split('=', 2)).Select(pair => (pair[0], pair[1]))];

    private static string In(string name) => Repository.In("deploy", "systemd", name);
}
