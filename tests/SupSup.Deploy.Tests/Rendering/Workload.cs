using k8s.Models;

namespace SupSup.Deploy.Tests.Rendering;

/// <summary>Something that runs pods.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Metadata">Its name and labels.</param>
/// <param name="Pod">The pods.</param>
/// <param name="Selector">How it finds them, where it says.</param>
internal sealed record Workload(string Kind, V1ObjectMeta Metadata, V1PodTemplateSpec Pod, V1LabelSelector? Selector)
{
    /// <summary>Its name.</summary>
    public string Name => Metadata.Name;

    /// <summary>The labels of its pods.</summary>
    public IDictionary<string, string> Labels => Pod.Metadata.Labels;

    /// <summary>The only container.</summary>
    public V1Container Container => Pod.Spec.Containers.Single();

    /// <summary>Whether its pods are silos.</summary>
    public bool IsSilo => Labels.TryGetValue("app.kubernetes.io/component", out string? component) && component == "silo";

    /// <inheritdoc/>
    public override string ToString() => $"{Kind} {Name}";
}
