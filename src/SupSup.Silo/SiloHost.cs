using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SupSup.Silo.Features;

namespace SupSup.Silo;

/// <summary>Builds a silo, for the silo program and for the tool, which hosts one in-process.</summary>
public static class SiloHost
{
    /// <summary>Builds a host that is not started yet.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="configureLogging">Where its logs go.</param>
    /// <exception cref="ValidationException">A setting is out of range; the message has one line per mistake.</exception>
    public static IHost Build(SiloSettings settings, Action<ILoggingBuilder> configureLogging)
    {
        Validate(settings);

        // Not CreateApplicationBuilder: an in-process silo must not read its host's command line or environment.
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        configureLogging(builder.Logging);
        builder.UseOrleans(silo => silo
            .AddMembership(settings)
            .AddStorage(settings)
            .AddCompute(settings));
        return builder.Build();
    }

    private static void Validate(SiloSettings settings)
    {
        List<ValidationResult> mistakes = [];
        Validator.TryValidateObject(settings, new ValidationContext(settings), mistakes, validateAllProperties: true);
        Validator.TryValidateObject(settings.Compute, new ValidationContext(settings.Compute), mistakes, validateAllProperties: true);
        if (mistakes.Count > 0) throw new ValidationException(string.Join(Environment.NewLine, mistakes.Select(mistake => mistake.ErrorMessage)));
    }
}
