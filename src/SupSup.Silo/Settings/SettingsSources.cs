using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;

namespace SupSup.Silo.Settings;

/// <summary>Where the silo program's settings come from.</summary>
internal static class SettingsSources
{
    /// <summary>Reads, each overriding those before: defaults, appsettings.json beside the program, the same
    /// in the current folder, the environment, flags.</summary>
    /// <exception cref="ValidationException">A source cannot be read; the message has one line per mistake.</exception>
    public static IConfiguration Load(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string?>? defaults = null)
    {
        Dictionary<string, string?> flags = SettingsFlags.Read(arguments);
        try
        {
            return new ConfigurationBuilder()
                .AddInMemoryCollection(defaults ?? new Dictionary<string, string?>())
                .AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: true)
                .AddJsonFile(Path.Combine(Environment.CurrentDirectory, "appsettings.json"), optional: true)
                .AddEnvironmentVariables()
                .AddInMemoryCollection(flags)
                .Build();
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            // The file's name is in the outer exception, what is wrong with it in the innermost.
            throw new ValidationException($"{e.Message.ReplaceLineEndings(" ")} {e.GetBaseException().Message.ReplaceLineEndings(" ")}");
        }
    }
}
