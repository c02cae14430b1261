using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime.MembershipService.SiloMetadata;

namespace SupSup.Grains.Placement;

/// <summary>Which silos say in their metadata that they have a GPU.</summary>
/// <param name="services">The silo's services; without silo metadata no silo has one.</param>
public sealed class GpuSilos(IServiceProvider services)
{
    /// <summary>The key of the metadata; the value is "true" or "false".</summary>
    public const string MetadataKey = "supsup.gpu";

    private readonly ISiloMetadataCache? _metadata = services.GetService<ISiloMetadataCache>();
    private readonly ISiloStatusOracle _members = services.GetRequiredService<ISiloStatusOracle>();

    public bool Any() => _members.GetApproximateSiloStatuses(onlyActive: true).Keys.Any(Has);

    /// <summary>Whether a silo has a GPU.</summary>
    /// <param name="silo">The silo.</param>
    public bool Has(SiloAddress silo) => _metadata?.GetSiloMetadata(silo).Metadata.GetValueOrDefault(MetadataKey) == "true";
}
