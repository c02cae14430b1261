using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime.Hosting;
using Orleans.Serialization;
using Orleans.Storage;

namespace SupSup.Storage;

/// <summary>Registers a grain storage provider with a silo: its options by name, their validator, and its serializer.</summary>
internal static class GrainStorageRegistration
{
    /// <summary>Adds a provider.</summary>
    /// <typeparam name="TStorage">The provider, made of its name and its options.</typeparam>
    /// <typeparam name="TOptions">Its options.</typeparam>
    /// <typeparam name="TValidator">Their validator, made of the options and the name.</typeparam>
    /// <param name="builder">The silo.</param>
    /// <param name="name">The provider's name.</param>
    /// <param name="configure">Sets the options.</param>
    public static ISiloBuilder Add<TStorage, TOptions, TValidator>(
        ISiloBuilder builder, string name, Action<TOptions> configure)
        where TStorage : IGrainStorage
        where TOptions : class, IStorageProviderSerializerOptions, new()
        where TValidator : IConfigurationValidator
    {
        ArgumentNullException.ThrowIfNull(configure);
        return builder.ConfigureServices(services =>
        {
            services.AddOptions<TOptions>(name).Configure(configure).PostConfigure<IServiceProvider>((o, provider) =>
                o.GrainStorageSerializer ??= provider.GetKeyedService<IGrainStorageSerializer>(name)
                ?? new OrleansGrainStorageSerializer(provider.GetRequiredService<Serializer>()));
            services.ConfigureNamedOptionForLogging<TOptions>(name);
            services.AddTransient<IConfigurationValidator>(provider =>
                ActivatorUtilities.CreateInstance<TValidator>(provider, OptionsOf<TOptions>(provider, name), name));
            services.AddGrainStorage(name, static (provider, name) =>
                ActivatorUtilities.CreateInstance<TStorage>(provider, name, OptionsOf<TOptions>(provider, name)));
        });
    }

    private static TOptions OptionsOf<TOptions>(IServiceProvider provider, string name) =>
        provider.GetRequiredService<IOptionsMonitor<TOptions>>().Get(name);
}
