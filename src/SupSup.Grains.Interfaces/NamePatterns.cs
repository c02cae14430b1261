using System.Collections.Immutable;
using System.IO.Enumeration;

namespace SupSup.Grains.Interfaces;

/// <summary>Patterns of names, in which <c>*</c> stands for any characters and <c>?</c> for one; the empty pattern matches
/// nothing.</summary>
public static class NamePatterns
{
    /// <summary>Whether a name is of any of the patterns.</summary>
    /// <param name="patterns">The patterns.</param>
    /// <param name="name">The name; case counts.</param>
    public static bool AnyMatches(ImmutableArray<string> patterns, string name)
    {
        foreach (string pattern in patterns)
            if (pattern.Length > 0 && FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false)) return true;
        return false;
    }
}
