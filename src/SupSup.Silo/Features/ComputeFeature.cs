using Orleans.Configuration;
using SupSup.Grains;
using SupSup.Silo.Settings;

namespace SupSup.Silo.Features;

/// <summary>The threads that train and infer.</summary>
internal static class ComputeFeature
{
    /// <summary>Adds the compute services.</summary>
    public static ISiloBuilder AddCompute(this ISiloBuilder silo, SiloSettings settings)
    {
        silo.AddSupSupGrains(settings.Compute, settings.Shards, settings.Limits.OfModels, settings.Tasks);

        // A large request over many tasks takes longer than the default of 30 s on a busy silo. Calls to a silo that
        // died do not wait for this: they fail when its death is declared.
        silo.Configure<SiloMessagingOptions>(options => options.ResponseTimeout = TimeSpan.FromMinutes(2));
        return silo;
    }
}
