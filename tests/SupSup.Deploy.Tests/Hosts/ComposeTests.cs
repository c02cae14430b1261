using System.ComponentModel;
using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using SupSup.Deploy.Tests.Images;
using SupSup.Deploy.Tests.Rendering;
using SupSup.Silo.Settings;
using YamlDotNet.RepresentationModel;
using static SupSup.Deploy.Tests.Hosts.ComposeFile;

namespace SupSup.Deploy.Tests.Hosts;

/// <summary>The compose file, as far as it can be checked without an engine: by Compose's published schema, and against the silo.</summary>
public sealed class ComposeTests
{
    // Those of Compose's schema that are used.
    private static readonly Dictionary<string, string[]> Known = new()
    {
        [""] = ["name", "services", "networks", "volumes", "secrets"],
        ["service"] =
        [
            "image", "build", "profiles", "command", "user", "restart", "stop_grace_period", "deploy", "environment", "secrets", "ports",
            "networks", "volumes", "read_only", "tmpfs", "cap_drop", "security_opt", "depends_on", "healthcheck",
        ],
        ["build"] = ["context", "dockerfile", "target"],
        ["deploy"] = ["replicas", "resources"],
        ["healthcheck"] = ["test", "interval", "timeout", "retries"],
    };

    private readonly ComposeFile _file = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private YamlMappingNode Silo => _file.Services["silo"];

    private Dictionary<string, string?> Settings => Keyed(Silo, "environment").ToDictionary(
        pair => pair.Key.Replace("__", ":", StringComparison.Ordinal), pair => (string?)Text(pair.Value));

    [Fact]
    public void Given_the_file_when_its_keys_are_looked_up_then_compose_knows_them_and_what_services_name_is_there()
    {
        Assert.Empty(_file.Keys.Except(Known[""]));
        Assert.All(_file.Services, service =>
        {
            Assert.Empty(Keyed(service.Value).Keys.Except(Known["service"]));
            foreach (string part in (string[])["build", "deploy", "healthcheck"])
                Assert.Empty(Keyed(service.Value, part).Keys.Except(Known[part]));
            Assert.Empty(Listed(service.Value, "networks").Except(_file.Part("networks").Keys));
            Assert.Empty(Listed(service.Value, "secrets").Except(_file.Part("secrets").Keys));
            Assert.Empty(Keyed(service.Value, "depends_on").Keys.Except(_file.Services.Keys));
            string[] volumes = [.. Listed(service.Value, "volumes").Select(volume => volume.Split(':')[0])];
            ILookup<bool, string> files = volumes.ToLookup(volume => volume.StartsWith("./", StringComparison.Ordinal));
            Assert.All(files[true], file => Assert.True(File.Exists(In(file)), file));
            Assert.Empty(files[false].Except(_file.Part("volumes").Keys));
        });
        string[] profiles = [.. _file.Services.Values.SelectMany(service => Listed(service, "profiles"))];
        Assert.Empty(_file.Variables["COMPOSE_PROFILES"].Split(',', StringSplitOptions.RemoveEmptyEntries).Except(profiles));
    }

    [Fact]
    public void Given_services_when_they_run_then_none_can_write_its_image_gain_privileges_or_be_reached_from_other_machines() =>
        Assert.All(_file.Services.Values, service =>
        {
            Assert.Equal("true", Text(Keyed(service)["read_only"]));
            Assert.Equal(["ALL"], Listed(service, "cap_drop"));
            Assert.Equal(["no-new-privileges:true"], Listed(service, "security_opt"));
            Assert.All(Listed(service, "ports"), port => Assert.StartsWith("127.0.0.1:", port, StringComparison.Ordinal));
            string image = Text(Keyed(service)["image"]);
            Assert.Contains(':', image);
            Assert.False(image.EndsWith(":latest", StringComparison.Ordinal));
        });

    [Fact]
    public void Given_a_silo_when_it_reads_its_environment_then_it_has_no_mistake_and_is_one_of_a_cluster()
    {
        Assert.Empty(Settings.Keys.Except(SettingsReader.All().Select(setting => setting.Key), StringComparer.Ordinal));
        string keys = Path.GetTempFileName();
        try
        {
            File.WriteAllText(keys, $$"""{"keys": [{"name": "ops", "role": "admin", "hash": "sha256:{{new string('a', 64)}}"}]}""");
            Assert.Equal("/run/secrets/keys", Settings["SupSup:Security:KeysFile"]); // where Compose puts the secret of that name
            Assert.Contains("keys", Listed(Silo, "secrets"));
            Dictionary<string, string?> given = new(Settings) { ["SupSup:Security:KeysFile"] = keys };
            SiloSettings settings = SettingsReader.Read(new ConfigurationBuilder().AddInMemoryCollection(given).Build());
            Assert.Equal((MembershipKind.Redis, StorageKind.Azure), (settings.Membership.Kind, settings.Storage.Kind));
            Assert.Contains(_file.Services.Keys, name => settings.Membership.Redis!.StartsWith($"{name}:6379", StringComparison.Ordinal));
            Assert.Contains("BlobEndpoint=http://azurite:10000/", settings.Storage.ConnectionString, StringComparison.Ordinal);
            double grace = double.Parse(Text(Keyed(Silo)["stop_grace_period"]).TrimEnd('s'));
            Assert.True(grace > settings.Drain.Seconds + settings.Drain.StopSeconds);
            Assert.True(settings.Telemetry.Prometheus);
        }
        finally
        {
            File.Delete(keys);
        }
    }

    [Fact]
    public void Given_ports_and_replicas_when_compared_then_each_silo_has_a_port_and_orleans_ports_are_not_published()
    {
        int replicas = int.Parse(Text(Keyed(Silo, "deploy")["replicas"]));
        Assert.Equal(["8080", "9000"], Listed(Silo, "ports").Select(port => port.Split(':')[2]));
        Assert.All(Listed(Silo, "ports").Select(port => port.Split(':')[1].Split('-')), range =>
            Assert.Equal(replicas, int.Parse(range[1]) - int.Parse(range[0]) + 1));
    }

    [Fact]
    public void Given_images_when_compared_with_the_overlay_dev_then_they_are_the_same_releases()
    {
        string[] cluster = [.. Overlay.Open("dev").Workloads.Select(workload => workload.Container.Image)];
        foreach (string service in (string[])["silo", "redis", "azurite"])
            Assert.Contains(Text(Keyed(_file.Services[service])["image"]), cluster);
        Assert.Equal($"supsup-silo:{Repository.Version}", _file.Variables["SUPSUP_IMAGE"]);
        Assert.NotEmpty(new DockerStage(Text(Keyed(Silo, "build")["target"])).Copies);
    }

    [Fact]
    public void Given_prometheus_when_it_looks_for_silos_then_it_asks_for_the_service_on_its_port_with_a_mounted_key()
    {
        string text = File.ReadAllText(In("prometheus.yml"));
        Assert.Contains("names: [silo]", text, StringComparison.Ordinal);
        Assert.Contains("port: 8080", text, StringComparison.Ordinal);
        string key = Assert.Single(Listed(_file.Services["prometheus"], "secrets"));
        Assert.Contains($"credentials_file: /run/secrets/{key}", text, StringComparison.Ordinal);
        Assert.Contains("job_name: supsup-silos", text, StringComparison.Ordinal); // as the ServiceMonitor's, for alerts and dashboard
    }

    [Fact]
    public async Task Given_compose_where_there_is_one_when_it_reads_the_file_then_it_finds_no_mistake()
    {
        (int code, string said) = await RunAsync("docker", "compose", "version");
        Assert.SkipUnless(code == 0, "there is no docker compose; the file is tested all the same");
        (code, said) = await RunAsync("docker", "compose", "--file", In("compose.yaml"), "config", "--quiet");
        Assert.True(code == 0, said);
    }

    private static async Task<(int Code, string Said)> RunAsync(string program, params string[] arguments)
    {
        try
        {
            using Process process =
                Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            string said = await process.StandardOutput.ReadToEndAsync(Stop) + await process.StandardError.ReadToEndAsync(Stop);
            await process.WaitForExitAsync(Stop);
            return (process.ExitCode, said);
        }
        catch (Win32Exception e)
        {
            return (-1, e.Message);
        }
    }
}
