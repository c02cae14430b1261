using k8s.Models;
using SupSup.Deploy.Tests.Rendering;

namespace SupSup.Deploy.Tests;

public sealed class AvailabilityTests
{
    [Theory, MemberData(nameof(Overlay.Overlays), MemberType = typeof(Overlay))]
    public void Given_selectors_when_compared_with_pods_then_each_selects_its_own_and_no_others(string name)
    {
        Overlay overlay = Overlay.Open(name);
        Assert.All(overlay.Workloads, workload =>
            Assert.Equal(
                workload.Name, Assert.Single(overlay.Workloads, other => Selectors.Selects(workload.Selector!, other.Labels)).Name));
        Assert.All(overlay.All<V1PodDisruptionBudget>(), budget =>
            Assert.Equal(budget.Metadata.Name, Assert.Single(
                overlay.Workloads, other => Selectors.Selects(budget.Spec.Selector, other.Labels)).Name));
    }

    [Theory, MemberData(nameof(Overlay.Overlays), MemberType = typeof(Overlay))]
    public void Given_silos_when_nodes_are_drained_then_one_goes_at_a_time(string name)
    {
        Overlay overlay = Overlay.Open(name);
        Assert.All(overlay.Silos, silo =>
            Assert.Equal("1", Assert.Single(overlay.All<V1PodDisruptionBudget>(), budget => Selectors.Selects(
                budget.Spec.Selector, silo.Labels)).Spec.MaxUnavailable.Value));
    }

    [Theory, MemberData(nameof(Overlay.Overlays), MemberType = typeof(Overlay))]
    public void Given_silos_that_serve_when_rolled_then_none_goes_before_another_is_ready(string name)
    {
        Overlay overlay = Overlay.Open(name);
        V1Service api = overlay.All<V1Service>().Single(service => service.Metadata.Name == "supsup");
        V1Deployment[] serving = [.. overlay.All<V1Deployment>()
            .Where(deployment => Selectors.Selects(api.Spec.Selector, deployment.Spec.Template.Metadata.Labels))];
        Assert.NotEmpty(serving);
        Assert.All(serving, deployment =>
        {
            Assert.Equal("RollingUpdate", deployment.Spec.Strategy.Type);
            Assert.Equal("0", deployment.Spec.Strategy.RollingUpdate.MaxUnavailable.Value);
            Assert.Equal("1", deployment.Spec.Strategy.RollingUpdate.MaxSurge.Value);
        });
    }

    [Theory, InlineData("gpu"), InlineData("full")]
    public void Given_silos_with_gpus_when_rolled_then_no_gpu_to_spare_is_needed(string name)
    {
        V1Deployment gpu = Overlay.Open(name).All<V1Deployment>().Single(deployment => deployment.Metadata.Name == "supsup-silo-gpu");
        Assert.Equal("0", gpu.Spec.Strategy.RollingUpdate.MaxSurge.Value);
        Assert.Equal("1", gpu.Spec.Strategy.RollingUpdate.MaxUnavailable.Value);
    }

    [Theory, MemberData(nameof(Overlay.Overlays), MemberType = typeof(Overlay))]
    public void Given_an_autoscaler_when_it_scales_then_nothing_else_sets_replicas(string name)
    {
        Overlay overlay = Overlay.Open(name);
        string[] scaled = [.. overlay.All<V2HorizontalPodAutoscaler>().Select(scaler => scaler.Spec.ScaleTargetRef.Name)];
        Assert.Equal(name == "dev" ? [] : ["supsup-silo"], scaled);
        Assert.All(overlay.All<V1Deployment>(), deployment => Assert.Equal(
            scaled.Contains(deployment.Metadata.Name), deployment.Spec.Replicas is null));
        Assert.All(
            overlay.All<V2HorizontalPodAutoscaler>(), scaler => Assert.InRange(scaler.Spec.MinReplicas ?? 1, 3, scaler.Spec.MaxReplicas));
    }

    [Theory, MemberData(nameof(Overlay.Overlays), MemberType = typeof(Overlay))]
    public void Given_silos_when_scheduled_then_they_are_spread_over_nodes_and_zones(string name) =>
        Assert.All(Overlay.Open(name).Silos, silo =>
        {
            Assert.Equal(["kubernetes.io/hostname", "topology.kubernetes.io/zone"],
                silo.Pod.Spec.TopologySpreadConstraints.Select(constraint => constraint.TopologyKey).Order());
            Assert.All(silo.Pod.Spec.TopologySpreadConstraints,
                constraint => Assert.True(Selectors.Selects(constraint.LabelSelector, silo.Labels)));
        });

    [Fact]
    public void Given_the_redis_of_dev_when_it_restarts_then_it_has_the_table_of_members_still()
    {
        V1StatefulSet redis = Overlay.Open("dev").All<V1StatefulSet>().Single(set => set.Metadata.Name == "redis");
        string arguments = string.Join(' ', redis.Spec.Template.Spec.Containers.Single().Args);
        Assert.Contains("--appendonly yes", arguments, StringComparison.Ordinal);
        Assert.Contains("--dir /data", arguments, StringComparison.Ordinal);
        Assert.Equal("data", Assert.Single(redis.Spec.VolumeClaimTemplates).Metadata.Name);
        Assert.Contains(redis.Spec.Template.Spec.Containers.Single().VolumeMounts, mount => mount is { Name: "data", MountPath: "/data" });
    }
}
