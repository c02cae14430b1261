using k8s;
using k8s.Models;

namespace SupSup.Deploy.Tests.Rendering;

/// <summary>What an overlay comes to: the objects in deploy/k8s/rendered, parsed strictly.</summary>
/// <param name="Name">The overlay's name.</param>
/// <param name="Objects">Its objects.</param>
internal sealed record Overlay(string Name, IReadOnlyList<object> Objects)
{
    /// <summary>The load test's job is rendered by itself, and goes to the cluster of an overlay.</summary>
    public const string LoadTest = "load-test";

    private static readonly Dictionary<string, Type> Types = new()
    {
        ["monitoring.coreos.com/v1/ServiceMonitor"] = typeof(ServiceMonitor),
        ["cert-manager.io/v1/Certificate"] = typeof(Certificate),
        ["cert-manager.io/v1/Issuer"] = typeof(Issuer),
        ["monitoring.coreos.com/v1/PrometheusRule"] = typeof(PrometheusRule),
        ["gateway.networking.k8s.io/v1/Gateway"] = typeof(Gateway),
        ["gateway.networking.k8s.io/v1/HTTPRoute"] = typeof(HttpRoute),
        ["gateway.networking.k8s.io/v1/GRPCRoute"] = typeof(GrpcRoute),
    };

    /// <summary>Every overlay.</summary>
    public static IEnumerable<string> Names =>
        Directory.GetDirectories(Repository.In("deploy", "k8s", "overlays")).Select(folder => Path.GetFileName(folder)!).Order();

    /// <summary>Every overlay, as rows of a theory.</summary>
    public static TheoryData<string> Overlays => [.. Names];

    /// <summary>Every overlay and the load test, as rows of a theory.</summary>
    public static TheoryData<string> Everything => [.. Names, LoadTest];

    /// <summary>What runs pods.</summary>
    public IEnumerable<Workload> Workloads =>
    [
        .. All<V1Deployment>().Select(deployment => new Workload(
            "Deployment", deployment.Metadata, deployment.Spec.Template, deployment.Spec.Selector)),
        .. All<V1StatefulSet>().Select(set => new Workload("StatefulSet", set.Metadata, set.Spec.Template, set.Spec.Selector)),
        .. All<V1Job>().Select(job => new Workload("Job", job.Metadata, job.Spec.Template, null)),
    ];

    /// <summary>The deployments of silos.</summary>
    public IEnumerable<Workload> Silos => Workloads.Where(workload => workload.IsSilo);

    /// <summary>The file of an overlay.</summary>
    public static string FileOf(string name) => Repository.In("deploy", "k8s", "rendered", $"{name}.yaml");

    /// <summary>The folder of an overlay.</summary>
    public static string FolderOf(string name) =>
        name == LoadTest ? Repository.In("deploy", "k8s", LoadTest) : Repository.In("deploy", "k8s", "overlays", name);

    /// <summary>Reads one.</summary>
    public static Overlay Open(string name) => new(name, Parse(File.ReadAllText(FileOf(name))));

    /// <summary>Parses objects; a field that its kind does not have is an error, and so is an unknown kind.</summary>
    public static IReadOnlyList<object> Parse(string yaml) => KubernetesYaml.LoadAllFromString(yaml, Types, strict: true);

    /// <summary>The objects of a kind.</summary>
    public IEnumerable<T> All<T>() => Objects.OfType<T>();
}
