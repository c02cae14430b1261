using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime.MembershipService.SiloMetadata;
using SupSup.Core.Masks;

namespace SupSup.Grains.Storage;

/// <summary>
/// Which version of the mask file is stored: the newest that every silo of the cluster reads, which each tells in its metadata. So nothing
/// is stored during a rolling upgrade that the release before cannot read.
/// </summary>
/// <param name="services">The silo's services; without silo metadata no silo tells.</param>
public sealed class MaskVersions(IServiceProvider services)
{
    /// <summary>The key of the metadata; the value is a version. Silos of releases that read the first only do not have it.</summary>
    public const string MetadataKey = "supsup.mask-version";

    private readonly ISiloMetadataCache? _metadata = services.GetService<ISiloMetadataCache>();
    private readonly ISiloStatusOracle _members = services.GetRequiredService<ISiloStatusOracle>();

    /// <summary>What the silos of this release tell.</summary>
    public static string MetadataValue => MaskFile.LatestVersion.ToString(CultureInfo.InvariantCulture);

    /// <summary>The version to store. Silos that join or leave count; of one that joins it may not be known yet what it tells.</summary>
    public int Stored => _members.GetApproximateSiloStatuses()
        .Where(member => member.Value != SiloStatus.Dead).Select(member => ReadBy(member.Key)).Append(MaskFile.LatestVersion).Min();

    private int ReadBy(SiloAddress silo)
    {
        string? told = _metadata?.GetSiloMetadata(silo).Metadata.GetValueOrDefault(MetadataKey);
        return int.TryParse(told, CultureInfo.InvariantCulture, out int version) ? version : MaskFile.FirstVersion;
    }
}
