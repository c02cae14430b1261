using k8s.Models;
using StackExchange.Redis;
using SupSup.Deploy.Tests.Rendering;

namespace SupSup.Deploy.Tests;

public sealed class NetworkTests
{
    private const int SiloPort = 11111;
    private const int GatewayPort = 30000;

    private static readonly Peer Stranger = Peer.Pod(new Dictionary<string, string> { ["app"] = "other" });
    private static readonly Peer Application = Peer.PodOf("applications", ("app", "shop"));

    // One that only names itself a client, elsewhere.
    private static readonly Peer Pretender = Peer.PodOf(
        "applications", ("supsup-client", "true"), ("app.kubernetes.io/name", "supsup"), ("app.kubernetes.io/component", "silo"));

    private static Workload LoadTest => Overlay.Open(Overlay.LoadTest).Workloads.Single();

    [Theory, MemberData(nameof(Overlay.Overlays), MemberType = typeof(Overlay))]
    public void Given_a_silos_ports_when_compared_then_container_services_and_settings_agree(string name)
    {
        Overlay overlay = Overlay.Open(name);
        Assert.All(overlay.Silos, silo =>
        {
            using PodEnvironment environment = new(overlay, silo);
            Dictionary<string, double> ports = silo.Container.Ports.ToDictionary(port => port.Name, port => (double)port.ContainerPort);
            Assert.Equal(environment.Number("Http:Port"), ports["http"]);
            Assert.Equal(environment.Number("Http:GrpcPort"), ports["grpc"]);
            Assert.Equal(environment.Number("Endpoints:SiloPort"), ports["silo"]);
            Assert.Equal(environment.Number("Endpoints:GatewayPort"), ports["gateway"]);
            Assert.Equal(4, ports.Count);
        });
        Assert.All(overlay.All<V1Service>(), service =>
        {
            Workload[] selected = [.. overlay.Workloads.Where(workload => Selectors.Selects(service.Spec.Selector, workload.Labels))];
            Assert.NotEmpty(selected);
            Assert.All(selected, workload => Assert.All(service.Spec.Ports, port => Assert.Equal(
                port.Port, workload.Container.Ports.Single(own => own.Name == port.TargetPort.Value).ContainerPort)));
        });
    }

    [Theory, MemberData(nameof(Overlay.Overlays), MemberType = typeof(Overlay))]
    public void Given_orleans_ports_when_services_and_ingresses_are_listed_then_none_has_them(string name)
    {
        Overlay overlay = Overlay.Open(name);
        Assert.All(overlay.All<V1Service>(), service =>
        {
            Assert.True(service.Spec.Type is null or "ClusterIP", $"{service.Metadata.Name} is public");
            Assert.DoesNotContain(service.Spec.Ports, port => port.Port is SiloPort or GatewayPort
                || port.TargetPort.Value is "silo" or "gateway" or "11111" or "30000");
        });
        Assert.All(overlay.All<V1Ingress>().SelectMany(ingress => ingress.Spec.Rules).SelectMany(rule => rule.Http.Paths), path =>
            Assert.Contains(overlay.All<V1Service>().Single(service => service.Metadata.Name == path.Backend.Service.Name).Spec.Ports,
                port => port.Name == path.Backend.Service.Port.Name));
        Assert.All(overlay.All<V1Ingress>(), ingress => Assert.Equal(
            ingress.Spec.Rules.Select(rule => rule.Host), ingress.Spec.Tls.SelectMany(tls => tls.Hosts)));
    }

    [Theory, MemberData(nameof(Overlay.Overlays), MemberType = typeof(Overlay))]
    public void Given_the_policies_when_pods_connect_then_orleans_is_for_silos_and_labelled_clients_only(string name)
    {
        Overlay overlay = Overlay.Open(name);
        Network network = new(overlay.All<V1NetworkPolicy>());
        Peer client = Peer.Pod(LoadTest.Labels);
        foreach (Peer silo in overlay.Silos.Select(silo => Peer.Pod(silo.Labels)))
        {
            Assert.All(overlay.Silos, other => Assert.True(network.Lets(silo, Peer.Pod(other.Labels), SiloPort)));
            Assert.True(network.Lets(client, silo, GatewayPort));
            Assert.False(network.Lets(client, silo, SiloPort));
            foreach (Peer other in (Peer[])[Stranger, Application, Pretender, Peer.Outside("203.0.113.7")])
            {
                Assert.False(network.Lets(other, silo, SiloPort));
                Assert.False(network.Lets(other, silo, GatewayPort));
            }
        }
    }

    [Theory, MemberData(nameof(Overlay.Overlays), MemberType = typeof(Overlay))]
    public void Given_the_policies_when_applications_connect_then_the_api_is_open_to_the_cluster(string name)
    {
        Overlay overlay = Overlay.Open(name);
        Network network = new(overlay.All<V1NetworkPolicy>());
        foreach (Peer silo in overlay.Silos.Select(silo => Peer.Pod(silo.Labels)))
        {
            Assert.True(network.Lets(Application, silo, 8080));
            Assert.True(network.Lets(Application, silo, 9000));
            Assert.False(network.Lets(Application, silo, 22));
            Assert.False(network.Lets(Peer.Outside("203.0.113.7"), silo, 8080));
        }
    }

    [Theory, MemberData(nameof(Overlay.Overlays), MemberType = typeof(Overlay))]
    public void Given_the_policies_when_a_silo_connects_outwards_then_it_reaches_what_its_settings_name_and_no_more(string name)
    {
        Overlay overlay = Overlay.Open(name);
        Network network = new(overlay.All<V1NetworkPolicy>());
        Peer dns = Peer.PodOf("kube-system", ("k8s-app", "kube-dns"));
        Assert.All(overlay.Silos, workload =>
        {
            Peer silo = Peer.Pod(workload.Labels);
            using PodEnvironment environment = new(overlay, workload);
            (string host, int port) = MembershipOf(environment);
            Assert.True(network.Lets(silo, Named(overlay, host), port));
            Assert.True(network.Lets(Peer.Pod(LoadTest.Labels), Named(overlay, host), port));
            Uri storage = StorageOf(environment);
            Assert.True(network.Lets(silo, Named(overlay, storage.Host), storage.Port));
            Assert.True(network.Lets(silo, dns, 53, "UDP"));
            Assert.True(network.Lets(silo, dns, 53));
            Assert.False(network.Lets(silo, Peer.Outside("203.0.113.7"), 80));
            Assert.False(network.Lets(silo, Peer.Outside("169.254.169.254"), 443));
            Assert.False(network.Lets(silo, Peer.Outside("169.254.169.254"), 80));
            Assert.False(network.Lets(silo, Stranger, 8080));
        });
    }

    [Theory, MemberData(nameof(Overlay.Overlays), MemberType = typeof(Overlay))]
    public void Given_the_policies_when_a_pod_without_labels_connects_then_only_names_are_resolved(string name)
    {
        Network network = new(Overlay.Open(name).All<V1NetworkPolicy>());
        Assert.True(network.Lets(Stranger, Peer.PodOf("kube-system", ("k8s-app", "kube-dns")), 53, "UDP"));
        Assert.False(network.Lets(Stranger, Peer.Outside("203.0.113.7"), 443));
        Assert.False(network.Lets(Stranger, Application, 8080));
        Assert.False(network.Lets(Application, Stranger, 8080));
    }

    [Theory, InlineData("cpu"), InlineData("azure"), InlineData("gpu"), InlineData("full"), InlineData("gateway")]
    public void Given_the_policies_when_storage_has_an_ipv6_address_then_silos_reach_it_and_no_metadata_service(string name)
    {
        Overlay overlay = Overlay.Open(name);
        Network network = new(overlay.All<V1NetworkPolicy>());
        Assert.All(overlay.Silos, workload =>
        {
            Peer silo = Peer.Pod(workload.Labels);
            using PodEnvironment environment = new(overlay, workload);
            (_, int port) = MembershipOf(environment);
            foreach (int one in (int[])[443, port])
            {
                Assert.True(network.Lets(silo, Peer.Outside("2001:db8::7"), one));
                foreach (string metadata in (string[])["fd00:ec2::254", "fd20:ce::254"])
                    Assert.False(network.Lets(silo, Peer.Outside(metadata), one));
            }

            Assert.True(network.Lets(Peer.Pod(LoadTest.Labels), Peer.Outside("2001:db8::7"), port));
            Assert.False(network.Lets(silo, Peer.Outside("2001:db8::7"), 80));
        });
        Assert.All(overlay.All<V1Service>(), service => Assert.Equal("PreferDualStack", service.Spec.IpFamilyPolicy));
    }

    [Fact]
    public void Given_the_redis_and_azurite_of_dev_when_pods_connect_then_silos_alone_write_data()
    {
        Overlay overlay = Overlay.Open("dev");
        Network network = new(overlay.All<V1NetworkPolicy>());
        Assert.False(network.Lets(Stranger, Named(overlay, "redis"), 6379));
        Assert.False(network.Lets(Application, Named(overlay, "redis"), 6379));
        Assert.False(network.Lets(Peer.Pod(LoadTest.Labels), Named(overlay, "azurite"), 10000));
        Assert.False(network.Lets(Application, Named(overlay, "azurite"), 10000));
    }

    [Fact]
    public void Given_the_service_monitor_when_it_selects_then_it_finds_every_silo_and_says_who_it_is()
    {
        Overlay overlay = Overlay.Open("full");
        ServiceMonitor monitor = overlay.All<ServiceMonitor>().Single();
        V1Service service = Assert.Single(
            overlay.All<V1Service>(), service => service.Metadata.Labels is { } labels && Selectors.Selects(monitor.Spec.Selector, labels));
        Assert.All(overlay.Silos, silo => Assert.True(Selectors.Selects(service.Spec.Selector, silo.Labels)));
        ServiceMonitorEndpoint endpoint = Assert.Single(monitor.Spec.Endpoints);
        Assert.Contains(service.Spec.Ports, port => port.Name == endpoint.Port);
        Assert.Equal("Bearer", endpoint.Authorization.Type);
        Assert.Contains(
            endpoint.Authorization.Credentials.Name, File.ReadAllText(Repository.In("docs", "kubernetes.md")), StringComparison.Ordinal);
    }

    // What a name in the settings stands for: the pods behind a service of that name, or something outside.
    private static Peer Named(Overlay overlay, string host)
    {
        V1Service? service = overlay.All<V1Service>().SingleOrDefault(service => service.Metadata.Name == host);
        return service is null
            ? Peer.Outside("203.0.113.7")
            : Peer.Pod(overlay.Workloads.Single(workload => Selectors.Selects(service.Spec.Selector, workload.Labels)).Labels);
    }

    private static (string Host, int Port) MembershipOf(PodEnvironment environment)
    {
        if (environment.Variables.TryGetValue("SupSup__Membership__ServiceUri", out string? uri))
            return (new Uri(uri).Host, new Uri(uri).Port);
        System.Net.DnsEndPoint end =
            (System.Net.DnsEndPoint)ConfigurationOptions.Parse(environment.Variables["SupSup__Membership__Redis"]).EndPoints.Single();
        return (end.Host, end.Port);
    }

    private static Uri StorageOf(PodEnvironment environment) =>
        environment.Variables.TryGetValue("SupSup__Storage__ServiceUri", out string? uri)
        ? new Uri(uri)
        : new Azure.Storage.Blobs.BlobServiceClient(environment.Variables["SupSup__Storage__ConnectionString"]).Uri;
}
