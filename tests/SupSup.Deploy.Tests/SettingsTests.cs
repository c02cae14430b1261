using Microsoft.Extensions.Configuration;
using SupSup.Deploy.Tests.Rendering;
using SupSup.Silo.Settings;

namespace SupSup.Deploy.Tests;

public sealed class SettingsTests
{
    [Theory, MemberData(nameof(Overlay.Overlays), MemberType = typeof(Overlay))]
    public void Given_a_silos_environment_when_looked_up_then_every_name_is_a_setting(string name)
    {
        Overlay overlay = Overlay.Open(name);
        string[] known = [.. SettingsReader.All().Select(setting => setting.Key)];
        Assert.All(overlay.Silos, silo =>
        {
            using PodEnvironment environment = new(overlay, silo);
            Assert.Empty(environment.Settings.Keys.Except(known, StringComparer.Ordinal));
        });
    }

    [Theory, MemberData(nameof(Overlay.Overlays), MemberType = typeof(Overlay))]
    public void Given_a_silos_environment_when_the_silo_reads_it_then_it_has_no_mistake_and_is_a_pods(string name)
    {
        Overlay overlay = Overlay.Open(name);
        Assert.NotEmpty(overlay.Silos);
        Assert.All(overlay.Silos, silo =>
        {
            using PodEnvironment environment = new(overlay, silo);
            Dictionary<string, string?> given = environment.Settings;
            given.Remove("SupSup:Compute:Device", out string? device); // it is taken only where there is such a device
            Assert.Equal(silo.Labels["supsup-device"] == "gpu" ? "cuda" : null, device);
            SiloSettings settings = SettingsReader.Read(new ConfigurationBuilder().AddInMemoryCollection(given).Build());
            Assert.Equal(name == "azure" ? MembershipKind.Azure : MembershipKind.Redis, settings.Membership.Kind);
            Assert.Equal(StorageKind.Azure, settings.Storage.Kind);
            Assert.Equal("10.244.1.7", settings.Endpoints.Address);
            Assert.Equal("any", settings.Http.Address);
            Assert.Equal("supsup-silo-7c9d8b6f5d-x2x9k", settings.SiloName);
        });
    }

    // Without a limit .NET would count the processors of the node.
    [Theory, MemberData(nameof(Overlay.Overlays), MemberType = typeof(Overlay))]
    public void Given_a_silo_without_a_limit_of_the_processor_when_it_counts_processors_then_it_has_as_many_as_it_asks_for(string name)
    {
        Overlay overlay = Overlay.Open(name);
        Assert.All(overlay.Silos, silo =>
        {
            using PodEnvironment environment = new(overlay, silo);
            Assert.False(silo.Container.Resources.Limits.ContainsKey("cpu"));
            decimal asked = silo.Container.Resources.Requests["cpu"].ToDecimal();
            Assert.Equal($"{Math.Ceiling(asked)}", environment.Variables["DOTNET_PROCESSOR_COUNT"]);
        });
    }

    [Theory, MemberData(nameof(Overlay.Overlays), MemberType = typeof(Overlay))]
    public void Given_a_silo_when_it_listens_then_it_asks_for_keys_out_of_a_secret(string name)
    {
        Overlay overlay = Overlay.Open(name);
        Assert.All(overlay.Silos, silo =>
        {
            using PodEnvironment environment = new(overlay, silo);
            Assert.True(
                File.Exists(environment.Variables["SupSup__Security__KeysFile"]), "Security:KeysFile names no file of a mounted secret");
        });
    }

    [Fact]
    public void Given_a_misspelled_name_when_the_silo_reads_it_then_it_is_refused()
    {
        Overlay overlay = Overlay.Open("dev");
        using PodEnvironment environment = new(overlay, overlay.Silos.Single());
        Dictionary<string, string?> settings = new(environment.Settings) { ["SupSup:Http:Adress"] = "any" };
        Assert.Contains("Adress", Assert.ThrowsAny<Exception>(() => SettingsReader.Read(
            new ConfigurationBuilder().AddInMemoryCollection(settings).Build())).Message, StringComparison.Ordinal);
    }
}
