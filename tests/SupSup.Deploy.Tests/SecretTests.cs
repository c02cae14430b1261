using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using k8s.Models;
using SupSup.Deploy.Tests.Rendering;
using SupSup.Silo.Settings;

namespace SupSup.Deploy.Tests;

public sealed class SecretTests
{
    [Theory, InlineData("cpu"), InlineData("gpu"), InlineData("full")]
    public void Given_an_overlay_for_production_when_rendered_then_it_holds_no_secret(string name) =>
        Assert.Empty(Overlay.Open(name).All<V1Secret>());

    [Fact]
    public void Given_the_key_of_dev_when_hashed_then_it_is_the_one_in_the_file_of_keys()
    {
        V1Secret keys = Overlay.Open("dev").All<V1Secret>().Single(secret => secret.Metadata.Name == "supsup-keys");
        using JsonDocument file = JsonDocument.Parse(keys.StringData["keys.json"]);
        JsonElement key = Assert.Single(file.RootElement.GetProperty("keys").EnumerateArray());
        Assert.Equal("admin", key.GetProperty("role").GetString());
        Assert.Equal($"sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(keys.StringData["dev-key"])))}",
            key.GetProperty("hash").GetString());
        Assert.Contains("known-to-everyone", keys.StringData["dev-key"], StringComparison.Ordinal);
    }

    [Fact]
    public void Given_a_key_itself_when_pods_are_made_then_none_is_mounted()
    {
        Overlay overlay = Overlay.Open("dev");
        Assert.All(overlay.Silos, silo => Assert.Equal(["keys.json"],
            silo.Pod.Spec.Volumes.Single(volume => volume.Secret?.SecretName == "supsup-keys").Secret.Items.Select(item => item.Key)));
    }

    [Fact]
    public void Given_certificates_when_silos_and_clients_show_them_then_only_a_silos_has_the_name_and_use_of_one()
    {
        Overlay overlay = Overlay.Open("full");
        Certificate[] issued = [.. overlay.All<Certificate>().Where(certificate => !certificate.Spec.IsCA)];
        string name = new EndpointTlsSettings().SiloName;
        Certificate silo = Assert.Single(issued, certificate => certificate.Spec.DnsNames.Contains(name));
        Assert.Equal(["server auth", "client auth"], silo.Spec.Usages);
        Assert.Equal(["client auth"], Assert.Single(issued, certificate => certificate != silo).Spec.Usages);
        Assert.NotEmpty(overlay.Silos);
        Assert.All(overlay.Silos, pod =>
        {
            using PodEnvironment environment = new(overlay, pod);
            Assert.Equal(silo.Spec.SecretName, pod.Pod.Spec.Volumes.Single(volume => volume.Name == "tls").Secret.SecretName);
            foreach (string setting in (string[])["Certificate", "Key", "Authority"])
                Assert.True(File.Exists(environment.Variables[$"SupSup__Endpoints__Tls__{setting}"]), $"there is no file for {setting}");
        });
    }

    [Fact]
    public void Given_the_redis_of_dev_when_silos_sign_in_then_they_have_its_password()
    {
        Overlay overlay = Overlay.Open("dev");
        string password = overlay.All<V1Secret>().Single(secret => secret.Metadata.Name == "redis").StringData["password"];
        using PodEnvironment environment = new(overlay, overlay.Silos.Single());
        Assert.EndsWith($"password={password}", environment.Variables["SupSup__Membership__Redis"], StringComparison.Ordinal);
    }
}
