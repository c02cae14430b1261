using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;

namespace SupSup.Silo.Settings;

/// <summary>Settings as flags: --Storage:Kind=azure, --Storage:Kind azure, or in full --SupSup:Storage:Kind=azure.</summary>
internal static class SettingsFlags
{
    private static readonly string[] Sections = [SiloSettings.Section, "Logging"];

    /// <summary>Reads flags; the later of two with one name counts.</summary>
    /// <exception cref="ValidationException">An argument is no flag, or has no value; a line for each.</exception>
    public static Dictionary<string, string?> Read(IReadOnlyList<string> arguments)
    {
        Dictionary<string, string?> flags = new(StringComparer.OrdinalIgnoreCase);
        List<string> mistakes = [];
        for (int n = 0; n < arguments.Count; n++)
        {
            string argument = arguments[n];
            int sign = argument.IndexOf('=', StringComparison.Ordinal);
            string name = sign < 0 ? argument : argument[..sign];
            if (!name.StartsWith("--", StringComparison.Ordinal) || name.Length == 2)
                mistakes.Add($"argument '{name}' is not a setting; write for example --Storage:Directory=/var/lib/supsup");
            else if (sign >= 0)
                flags[Key(name[2..])] = argument[(sign + 1)..];
            else if (n + 1 < arguments.Count && !arguments[n + 1].StartsWith("--", StringComparison.Ordinal))
                flags[Key(name[2..])] = arguments[++n];
            else
                mistakes.Add($"argument '{name}' has no value; write {name}=VALUE");
        }

        return mistakes.Count == 0 ? flags : throw new ValidationException(string.Join(Environment.NewLine, mistakes));
    }

    private static string Key(string name) =>
        Sections.Any(section => name.StartsWith(section + ConfigurationPath.KeyDelimiter, StringComparison.OrdinalIgnoreCase))
            ? name
            : ConfigurationPath.Combine(SiloSettings.Section, name);
}
