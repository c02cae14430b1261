using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace SupSup.Silo.Settings;

/// <summary>Checks settings, group by group.</summary>
internal static class SettingsCheck
{
    /// <summary>Checks every group.</summary>
    /// <exception cref="ValidationException">A setting is invalid; the message has one line per mistake.</exception>
    public static void ThrowIfMistaken(SiloSettings settings)
    {
        string[] mistakes = [.. Mistakes(settings, SiloSettings.Section, _ => true)];
        if (mistakes.Length > 0) throw new ValidationException(string.Join(Environment.NewLine, mistakes));
    }

    /// <summary>The mistakes in a group of settings and the groups in it, a line each.</summary>
    /// <param name="group">The group.</param>
    /// <param name="path">Its key.</param>
    /// <param name="isWhole">Whether all of a group could be read; else its settings are checked one by one
    /// only, and not whether they go together.</param>
    public static IEnumerable<string> Mistakes(object group, string path, Func<object, bool> isWhole)
    {
        List<ValidationResult> results = [];
        PropertyInfo[] properties = [.. SettingsReader.Properties(group)];
        foreach (PropertyInfo property in properties)
            Validator.TryValidateProperty(property.GetValue(group), new ValidationContext(group) { MemberName = property.Name }, results);
        if (results.Count == 0 && isWhole(group) && group is IValidatableObject whole)
            results.AddRange(whole.Validate(new ValidationContext(group)));
        IEnumerable<string> own = results.Select(result => $"{path}: {result.ErrorMessage}");
        return own.Concat(properties.Where(SettingsReader.IsGroup)
            .SelectMany(property => Mistakes(property.GetValue(group)!, ConfigurationPath.Combine(path, property.Name), isWhole)));
    }

    /// <summary>Why a file cannot be read, without what is in it; null where it can.</summary>
    /// <param name="file">The file.</param>
    /// <param name="read">Reads it.</param>
    /// <param name="remedy">How to make one.</param>
    public static string? FileMistake(string file, Action<string> read, string remedy = "")
    {
        if (!File.Exists(file)) return $"there is no such file{remedy}";
        try
        {
            read(file);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            return e.Message.TrimEnd('.');
        }
    }
}
