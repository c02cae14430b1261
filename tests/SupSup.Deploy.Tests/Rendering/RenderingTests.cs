using System.ComponentModel;
using System.Diagnostics;
using k8s;
using k8s.Models;
using YamlDotNet.Core;

namespace SupSup.Deploy.Tests.Rendering;

public sealed class RenderingTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(Overlay.Everything), MemberType = typeof(Overlay))]
    public async Task Given_an_overlay_when_rendered_then_it_is_what_is_checked_in(string name)
    {
        Process? kubectl = null;
        try
        {
            kubectl =
                Process.Start(new ProcessStartInfo("kubectl", ["kustomize", Overlay.FolderOf(name)]) { RedirectStandardOutput = true });
        }
        catch (Win32Exception)
        {
            Assert.Skip("there is no kubectl; what is checked in is tested all the same");
        }

        string rendered = await kubectl!.StandardOutput.ReadToEndAsync(Stop);
        await kubectl.WaitForExitAsync(Stop);
        Assert.Equal(0, kubectl.ExitCode);
        Assert.True(rendered == await File.ReadAllTextAsync(Overlay.FileOf(name), Stop),
            $"{Overlay.FileOf(name)} is not what the overlay renders to: run deploy/k8s/render.sh");
        kubectl.Dispose();
    }

    [Theory, MemberData(nameof(Overlay.Everything), MemberType = typeof(Overlay))]
    public void Given_an_overlay_when_parsed_strictly_then_every_object_has_a_name_of_its_own_in_the_namespace(string name)
    {
        Overlay overlay = Overlay.Open(name);
        Assert.NotEmpty(overlay.Objects);
        var objects = overlay.Objects.Cast<IKubernetesObject<V1ObjectMeta>>().ToArray();
        Assert.All(objects, item => Assert.True(item is V1Namespace
            || item.Metadata.NamespaceProperty == "supsup", $"{item.Kind} {item.Metadata.Name} is not in the namespace"));
        Assert.Equal(objects.Length, objects.Select(item => (item.Kind, item.Metadata.Name)).Distinct().Count());
    }

    [Fact]
    public void Given_a_field_that_its_kind_does_not_have_when_parsed_then_it_is_an_error()
    {
        const string Service = "apiVersion: v1\nkind: Service\nmetadata:\n  name: a\nspec:\n  clusterIP: None\n";
        Assert.Single(Overlay.Parse(Service));
        Assert.ThrowsAny<YamlException>(() => Overlay.Parse(Service.Replace("clusterIP", "clusterIp", StringComparison.Ordinal)));
        Assert.ThrowsAny<Exception>(() => Overlay.Parse(Service.Replace("Service", "Servce", StringComparison.Ordinal)));
    }

    [Fact]
    public void Given_the_overlays_when_listed_then_there_are_those_of_the_documentation()
    {
        string documentation = File.ReadAllText(Repository.In("docs", "kubernetes.md"));
        Assert.Equal(["azure", "cpu", "dev", "full", "gateway", "gpu"], Overlay.Names);
        Assert.All(Overlay.Names, name => Assert.Contains($"`{name}`", documentation, StringComparison.Ordinal));
    }
}
