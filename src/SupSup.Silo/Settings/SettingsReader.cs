using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Configuration;
using SupSup.Core.Naming;

namespace SupSup.Silo.Settings;

/// <summary>
/// Turns configuration into settings. Unlike the configuration binder it names every mistake and not the first alone,
/// and takes no key that is not a setting, since a misspelled one would be passed over in silence.
/// </summary>
internal static class SettingsReader
{
    /// <summary>Reads the section "SupSup"; what is not set has its default.</summary>
    /// <exception cref="ValidationException">A setting is invalid; the message has one line per mistake. No
    /// value that may be secret is repeated.</exception>
    public static SiloSettings Read(IConfiguration configuration)
    {
        SiloSettings settings = new();
        List<string> mistakes = [];
        HashSet<object> mistaken = new(ReferenceEqualityComparer.Instance);
        Fill(settings, configuration.GetSection(SiloSettings.Section), mistakes, mistaken);
        mistakes.AddRange(SettingsCheck.Mistakes(settings, SiloSettings.Section, group => !mistaken.Contains(group)));
        return mistakes.Count == 0 ? settings : throw new ValidationException(string.Join(Environment.NewLine, mistakes));
    }

    /// <summary>Every setting: its key, and its default.</summary>
    public static IEnumerable<(string Key, object? Default)> All() => All(new SiloSettings(), SiloSettings.Section);

    /// <summary>Whether a property is a group of settings instead of one.</summary>
    internal static bool IsGroup(PropertyInfo property) => property.PropertyType.IsClass && property.PropertyType != typeof(string);

    /// <summary>The properties that are settings, or groups of them.</summary>
    internal static IEnumerable<PropertyInfo> Properties(object group) => group.GetType()
        .GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(property => property.SetMethod is { IsPublic: true });

    private static IEnumerable<(string Key, object? Default)> All(object group, string path) => Properties(group).SelectMany(property =>
        IsGroup(property)
            ? All(property.GetValue(group)!, ConfigurationPath.Combine(path, property.Name))
            : [(ConfigurationPath.Combine(path, property.Name), property.GetValue(group))]);

    // A group counts as mistaken with whatever holds it: what goes together cannot be judged there.
    private static void Fill(object group, IConfiguration section, List<string> mistakes, HashSet<object> mistaken)
    {
        int before = mistakes.Count;
        foreach (IConfigurationSection entry in section.GetChildren())
        {
            PropertyInfo? property =
                Properties(group).FirstOrDefault(known => known.Name.Equals(entry.Key, StringComparison.OrdinalIgnoreCase));
            if (property is null)
                mistakes.Add($"{entry.Path} is not a setting{Suggestion(entry)}");
            else if (IsGroup(property) && !string.IsNullOrEmpty(entry.Value))
            {
                IEnumerable<string> names = Properties(property.GetValue(group)!)
                    .Select(inner => ConfigurationPath.Combine(entry.Path, inner.Name));
                mistakes.Add($"{entry.Path} is a group of settings; set {string.Join(", ", names)}");
            }
            else if (IsGroup(property))
                Fill(property.GetValue(group)!, entry, mistakes, mistaken);
            else if (entry.GetChildren().Any())
                mistakes.Add($"{entry.Path} must have one value");
            else
                Set(group, property, entry, mistakes);
        }

        if (mistakes.Count > before) mistaken.Add(group);
    }

    private static void Set(object group, PropertyInfo property, IConfigurationSection entry, List<string> mistakes)
    {
        Type type = property.PropertyType;
        string text = entry.Value ?? "";
        if (type == typeof(string))
        {
            bool isOptional = new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable;
            property.SetValue(group, isOptional && text.Length == 0 ? null : text); // manifests set what they do not use to nothing
            return;
        }

        try
        {
            object? value = TypeDescriptor.GetConverter(type).ConvertFromString(null, CultureInfo.InvariantCulture, text);
            if (!type.IsEnum || Enum.IsDefined(type, value!))
            {
                property.SetValue(group, value);
                return;
            }
        }
        catch (Exception e) when (e is ArgumentException or FormatException or NotSupportedException)
        {
            // Named below.
        }

        mistakes.Add($"{entry.Path} is '{text}'; use {Takes(type)}");
    }

    private static string Takes(Type type) =>
        type.IsEnum ? string.Join(" or ", Enum.GetNames(type).Select(name => name.ToLowerInvariant()))
        : type == typeof(bool) ? "true or false"
        : type == typeof(int) ? "a whole number"
        : "a number";

    // The nearest key, or the setting of that name in another group.
    private static string Suggestion(IConfigurationSection entry)
    {
        (string key, int distance) = All().Select(setting => setting.Key)
            .Concat(
                Properties(new SiloSettings()).Where(IsGroup).Select(group => ConfigurationPath.Combine(SiloSettings.Section, group.Name)))
            .Select(known => (known, Math.Min(
                EditDistance.Of(known, entry.Path), EditDistance.Of(known[(known.LastIndexOf(':') + 1)..], entry.Key) + 1)))
            .MinBy(pair => pair.Item2);
        return distance <= Math.Max(2, entry.Key.Length / 2) ? $"; did you mean {key}?" : "; docs/operating.md lists all settings";
    }
}
