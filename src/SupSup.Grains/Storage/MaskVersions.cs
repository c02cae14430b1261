using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Runtime.MembershipService.SiloMetadata;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Models;

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
    private readonly SiloMetadata _own = services.GetRequiredService<IOptions<SiloMetadata>>().Value;
    private readonly SiloAddress _here = services.GetRequiredService<ILocalSiloDetails>().SiloAddress;
    private readonly ISiloStatusOracle _members = services.GetRequiredService<ISiloStatusOracle>();

    /// <summary>What the silos of this release tell.</summary>
    public static string MetadataValue => MaskFile.LatestVersion.ToString(CultureInfo.InvariantCulture);

    /// <summary>The version to store. Silos that join or leave count; one that has not told yet what it reads counts as of an earlier
    /// release.</summary>
    public int Stored => Members.Select(silo => ReadBy(silo) ?? MaskFile.FirstVersion).Append(MaskFile.LatestVersion).Min();

    private IEnumerable<SiloAddress> Members =>
        _members.GetApproximateSiloStatuses().Where(member => member.Value != SiloStatus.Dead).Select(member => member.Key);

    /// <summary>Checks that every silo of the cluster reads masks of a network.</summary>
    /// <param name="plan">The network's plan.</param>
    /// <param name="begins">Whether a mask is still to be trained: silos that just joined and have not told yet are passed over.</param>
    /// <exception cref="SupSupException">Unavailable: it names the silos that do not.</exception>
    public void CheckRead(NetworkPlan plan, bool begins)
    {
        int needed = MaskFile.OldestVersion(plan);
        if (needed == MaskFile.FirstVersion) return;
        int untold = begins ? needed : MaskFile.FirstVersion;
        string[] behind = [.. Members.Where(silo => (ReadBy(silo) ?? untold) < needed).Select(Name).Order(StringComparer.Ordinal)];
        if (behind.Length == 0) return;
        throw new SupSupException(
            SupSupError.Unavailable,
            $"masks of network {plan} need mask file version {needed}, which silos of an earlier release do not read: "
                + $"{string.Join(", ", behind)}; upgrade them, then ask again");
    }

    /// <summary>A mask as a file that every silo reads.</summary>
    /// <param name="network">Its network.</param>
    /// <param name="mask">The mask.</param>
    /// <param name="file">A file of it, of any version, which is taken where it is of the right one; null for none.</param>
    /// <exception cref="SupSupException">Unavailable: as <see cref="CheckRead"/>.</exception>
    internal byte[] Write(ModelNetwork network, TaskMask mask, byte[]? file = null)
    {
        CheckRead(network.Network.Plan, begins: false);
        int version = Math.Max(Stored, MaskFile.OldestVersion(network.Network.Plan));
        return file is not null && MaskFile.Version(file) == version ? file : MaskFile.Write(network.Network, mask, version);
    }

    private string Name(SiloAddress silo) => _members.TryGetSiloName(silo, out string? name) ? $"{name} at {silo.Endpoint}" : $"{silo}";

    // Null where it is not known yet: all releases tell something. What this silo tells need not be asked for.
    private int? ReadBy(SiloAddress silo)
    {
        SiloMetadata? told = silo.Equals(_here) ? _own : _metadata?.GetSiloMetadata(silo);
        if (told is null || told.Metadata.IsEmpty) return null;
        return int.TryParse(told.Metadata.GetValueOrDefault(MetadataKey), CultureInfo.InvariantCulture, out int version)
            ? version : MaskFile.FirstVersion;
    }
}
