using k8s.Models;
using SupSup.Deploy.Tests.Rendering;

namespace SupSup.Deploy.Tests;

public sealed class PodTests
{
    [Theory, MemberData(nameof(Overlay.Overlays), MemberType = typeof(Overlay))]
    public void Given_the_namespace_when_pods_are_made_then_they_are_held_to_the_restricted_standard(string name)
    {
        V1Namespace space = Assert.Single(Overlay.Open(name).All<V1Namespace>());
        Assert.Equal("restricted", space.Metadata.Labels["pod-security.kubernetes.io/enforce"]);
    }

    [Theory, MemberData(nameof(Overlay.Everything), MemberType = typeof(Overlay))]
    public void Given_a_pod_when_it_runs_then_it_has_no_privileges(string name) => Assert.All(Overlay.Open(name).Workloads, workload =>
    {
        V1PodSpec pod = workload.Pod.Spec;
        Assert.True(pod.SecurityContext.RunAsNonRoot);
        Assert.NotEqual(0, pod.SecurityContext.RunAsUser);
        Assert.NotNull(pod.SecurityContext.RunAsUser);
        Assert.Equal("RuntimeDefault", pod.SecurityContext.SeccompProfile.Type);
        Assert.False(pod.AutomountServiceAccountToken);
        Assert.False(pod.EnableServiceLinks);
        Assert.False(pod.HostNetwork ?? false);
        Assert.False(pod.HostPID ?? false);
        Assert.Null(pod.InitContainers);
        V1SecurityContext container = workload.Container.SecurityContext;
        Assert.False(container.AllowPrivilegeEscalation);
        Assert.True(container.ReadOnlyRootFilesystem);
        Assert.Equal(["ALL"], container.Capabilities.Drop);
        Assert.Null(container.Capabilities.Add);
        Assert.False(container.Privileged ?? false);
        Assert.All(pod.Volumes ?? [], volume => Assert.True(volume.HostPath is null, $"{workload.Name} mounts {volume.Name} of its node"));
    });

    [Theory, MemberData(nameof(Overlay.Everything), MemberType = typeof(Overlay))]
    public void Given_a_container_when_it_is_scheduled_then_it_asks_for_what_it_needs_and_its_memory_has_a_limit(string name) =>
        Assert.All(Overlay.Open(name).Workloads, workload =>
        {
            V1ResourceRequirements resources = workload.Container.Resources;
            Assert.True(resources.Requests["cpu"].ToDecimal() > 0);
            Assert.InRange(resources.Requests["memory"].ToDecimal(), 1, resources.Limits["memory"].ToDecimal());
            Assert.All((workload.Pod.Spec.Volumes ?? []).Where(volume => volume.EmptyDir is not null),
                volume => Assert.NotNull(volume.EmptyDir.SizeLimit));
        });

    [Theory, MemberData(nameof(Overlay.Everything), MemberType = typeof(Overlay))]
    public void Given_a_pod_when_it_writes_then_there_is_a_folder_for_it(string name) =>
        Assert.All(Overlay.Open(name).Workloads.Where(workload => workload.Name != "redis"), workload => Assert.Contains(
            workload.Container.VolumeMounts, mount => mount.MountPath == "/tmp" && mount.ReadOnlyProperty != true));

    [Theory, MemberData(nameof(Overlay.Everything), MemberType = typeof(Overlay))]
    public void Given_volumes_and_mounts_when_paired_then_none_is_left_over(string name) =>
        Assert.All(Overlay.Open(name).Workloads, workload =>
        {
            IEnumerable<string> claimed = workload.Kind == "StatefulSet" ? ["data"] : [];
            Assert.Equal((workload.Pod.Spec.Volumes ?? []).Select(volume => volume.Name).Concat(claimed).Order(),
                workload.Container.VolumeMounts.Select(mount => mount.Name).Order());
        });

    [Theory, MemberData(nameof(Overlay.Everything), MemberType = typeof(Overlay))]
    public void Given_an_image_when_named_then_its_version_is_fixed_and_ours_is_the_one_that_is_built(string name) =>
        Assert.All(Overlay.Open(name).Workloads, workload =>
        {
            string image = workload.Container.Image;
            string repository = image[..image.LastIndexOf(':')];
            string tag = image[(image.LastIndexOf(':') + 1)..];
            Assert.NotEqual("latest", tag);
            Assert.DoesNotContain('/', tag);
            string? ours = workload switch
            {
                { Kind: "Job" } => "supsup-tool",
                { IsSilo: true } => workload.Labels["supsup-device"] == "gpu" ? "supsup-silo-gpu" : "supsup-silo",
                _ => null,
            };
            if (ours is null) return;
            Assert.Equal(ours, repository[(repository.LastIndexOf('/') + 1)..]);
            Assert.Equal(Repository.Version, tag);
            Assert.Contains(
                $"{ours}:{Repository.Version}", File.ReadAllText(Repository.In("docs", "kubernetes.md")), StringComparison.Ordinal);
        });

    [Theory, MemberData(nameof(Overlay.Overlays), MemberType = typeof(Overlay))]
    public void Given_a_service_account_when_used_then_it_has_no_token(string name)
    {
        Overlay overlay = Overlay.Open(name);
        Assert.All(overlay.All<V1ServiceAccount>(), account => Assert.False(account.AutomountServiceAccountToken));
        Assert.All(overlay.Silos, silo => Assert.Contains(
            overlay.All<V1ServiceAccount>(), account => account.Metadata.Name == silo.Pod.Spec.ServiceAccountName));
    }

    [Theory, InlineData("cpu"), InlineData("gpu"), InlineData("full")]
    public void Given_storage_by_its_address_when_silos_sign_in_then_workload_identity_is_set_up(string name)
    {
        Overlay overlay = Overlay.Open(name);
        Assert.True(
            Guid.TryParse(Assert.Single(overlay.All<V1ServiceAccount>()).Metadata.Annotations["azure.workload.identity/client-id"], out _));
        Assert.All(overlay.Silos, silo =>
        {
            Assert.Equal("true", silo.Labels["azure.workload.identity/use"]);
            using PodEnvironment environment = new(overlay, silo);
            Assert.True(environment.Variables.ContainsKey("SupSup__Storage__ServiceUri"));
            Assert.False(environment.Variables.ContainsKey("SupSup__Storage__ConnectionString"));
        });
    }

    [Theory, InlineData("gpu"), InlineData("full")]
    public void Given_the_overlay_with_gpus_when_scheduled_then_some_silos_have_one_each_and_the_others_none(string name)
    {
        Overlay overlay = Overlay.Open(name);
        Assert.Equal(["cpu", "gpu"], overlay.Silos.Select(silo => silo.Labels["supsup-device"]).Order());
        Workload gpu = overlay.Silos.Single(silo => silo.Labels["supsup-device"] == "gpu");
        Workload cpu = overlay.Silos.Single(silo => silo.Labels["supsup-device"] == "cpu");
        Assert.Equal("1", gpu.Container.Resources.Limits["nvidia.com/gpu"].ToString());
        Assert.Contains(gpu.Pod.Spec.Tolerations, toleration => toleration.Key == "nvidia.com/gpu");
        Assert.False(cpu.Container.Resources.Limits.ContainsKey("nvidia.com/gpu"));
        Assert.Null(cpu.Pod.Spec.Tolerations);
    }
}
