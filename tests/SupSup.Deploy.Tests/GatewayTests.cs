using k8s.Models;
using SupSup.Deploy.Tests.Rendering;

namespace SupSup.Deploy.Tests;

public sealed class GatewayTests
{
    private static readonly Overlay Rendered = Overlay.Open("gateway");

    [Fact]
    public void Given_routes_when_followed_then_each_leads_from_a_listener_of_its_host_to_a_port_of_a_service()
    {
        Gateway gateway = Rendered.All<Gateway>().Single();
        GatewayRoute[] routes = [.. Rendered.All<GatewayRoute>()];
        Assert.Equal(["GRPCRoute", "HTTPRoute"], routes.Select(route => route.Kind).Order(StringComparer.Ordinal));
        Assert.All(routes, route =>
        {
            NamedReference parent = Assert.Single(route.Spec.ParentRefs);
            Assert.Equal(gateway.Metadata.Name, parent.Name);
            GatewayListener listener = gateway.Spec.Listeners.Single(listener => listener.Name == parent.SectionName);
            Assert.Equal([listener.Hostname], route.Spec.Hostnames);
            NamedReference backend = Assert.Single(Assert.Single(route.Spec.Rules).BackendRefs);
            V1Service service = Rendered.All<V1Service>().Single(service => service.Metadata.Name == backend.Name);
            Assert.Equal(route is GrpcRoute ? "grpc" : "http", service.Spec.Ports.Single(port => port.Port == backend.Port).Name);
        });
    }

    [Fact]
    public void Given_listeners_when_clients_connect_then_by_tls_with_the_secret_of_the_documentation_and_for_this_namespace_alone() =>
        Assert.All(Rendered.All<Gateway>().Single().Spec.Listeners, listener =>
        {
            Assert.Equal(("HTTPS", "Terminate", "Same"), (listener.Protocol, listener.Tls.Mode, listener.AllowedRoutes.Namespaces.From));
            Assert.Contains(
                $"`{Assert.Single(listener.Tls.CertificateRefs).Name}`", File.ReadAllText(Repository.In("docs", "kubernetes.md")),
                StringComparison.Ordinal);
        });
}
