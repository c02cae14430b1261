using System.Text.RegularExpressions;

namespace SupSup.Storage;

/// <summary>Azure's rule for the names of containers, which holds for the directory's container too.</summary>
public static partial class ContainerName
{
    /// <summary>The rule, as the end of a sentence.</summary>
    public const string Rule = "must be 3 to 63 lower-case letters, digits and single hyphens";

    /// <summary>Whether Azure takes the name.</summary>
    public static bool IsValid(string? name) => name is not null && Pattern.IsMatch(name);

    [GeneratedRegex(@"\A(?=.{3,63}\z)[a-z0-9]+(-[a-z0-9]+)*\z")]
    private static partial Regex Pattern { get; }
}
