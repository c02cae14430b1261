using Microsoft.Extensions.DependencyInjection;
using SupSup.Silo.Membership;
using SupSup.Silo.Settings;

namespace SupSup.Silo.Features;

/// <summary>Which cluster owns the store, where several silos could open it.</summary>
internal static class LeaseFeature
{
    /// <summary>Adds the lease.</summary>
    public static ISiloBuilder AddLease(this ISiloBuilder silo, SiloSettings settings)
    {
        // A directory needs none: it is locked by the silo that has it, and the lock ends with the process.
        if (settings.Storage.Kind == StorageKind.Directory) return silo;
        silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, LeaseKeeper>();
        return silo;
    }
}
