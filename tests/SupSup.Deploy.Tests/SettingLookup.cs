using System.Globalization;
using SupSup.Deploy.Tests.Rendering;
using SupSup.Silo.Settings;

namespace SupSup.Deploy.Tests;

/// <summary>The value that a setting has in a pod: what the environment says, or the silo's default.</summary>
internal static class SettingLookup
{
    /// <summary>Looks a number up.</summary>
    /// <param name="environment">The pod's environment.</param>
    /// <param name="key">The setting, such as "Http:Port".</param>
    public static double Number(this PodEnvironment environment, string key)
    {
        string full = $"{SiloSettings.Section}:{key}";
        return environment.Settings.TryGetValue(full, out string? text)
            ? double.Parse(text!, CultureInfo.InvariantCulture)
            : Convert.ToDouble(Assert.Single(SettingsReader.All(), setting => setting.Key == full).Default, CultureInfo.InvariantCulture);
    }
}
