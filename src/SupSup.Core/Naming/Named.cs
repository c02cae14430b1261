namespace SupSup.Core.Naming;

/// <summary>Finds things by their names, and says which there are where none has the name.</summary>
public static class Named
{
    /// <summary>The names, in the order of the list.</summary>
    /// <param name="all">The list.</param>
    public static string[] Names(this IEnumerable<INamed> all) => [.. all.Select(one => one.Name)];

    /// <summary>Finds one of a list.</summary>
    /// <param name="all">The list.</param>
    /// <param name="kind">What errors call its entries.</param>
    /// <param name="name">The name.</param>
    /// <exception cref="ArgumentException">None has the name.</exception>
    public static T Get<T>(this IReadOnlyCollection<T> all, string kind, string name)
        where T : class, INamed => all.FirstOrDefault(one => one.Name == name) ?? throw Unknown(kind, name, all.Names());

    /// <summary>Finds one of a table.</summary>
    /// <param name="all">The table.</param>
    /// <param name="kind">What errors call its entries.</param>
    /// <param name="name">The name.</param>
    /// <exception cref="ArgumentException">None has the name.</exception>
    public static T Get<T>(this IReadOnlyDictionary<string, T> all, string kind, string name) =>
        all.TryGetValue(name, out T? one) ? one : throw Unknown(kind, name, all.Keys);

    /// <summary>Finds one of a table whose entries may have a parameter, as text: a name, and after a colon the parameter.</summary>
    /// <param name="all">What makes each of its parameter, by the form of its text: "top-k:DENSITY" or "threshold" for instance.</param>
    /// <param name="kind">What errors call its entries.</param>
    /// <param name="text">The text.</param>
    /// <param name="examples">Examples for the error, appended as they are.</param>
    /// <exception cref="ArgumentException">None has the name, or it takes no such parameter.</exception>
    public static T WithParameter<T>(this IReadOnlyDictionary<string, Func<string, T>> all, string kind, string text, string examples)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] parts = text.Split(':', 2);
        string form = all.Keys.FirstOrDefault(form => form.Split(':') is var known && known[0] == parts[0] && known.Length == parts.Length)
            ?? throw Unknown(kind, text, all.Keys, examples);
        return all[form](parts[^1]);
    }

    /// <summary>What is thrown where nothing has the name.</summary>
    /// <param name="kind">What was asked for.</param>
    /// <param name="name">The name.</param>
    /// <param name="names">Those that there are.</param>
    /// <param name="otherwise">What else can be given, appended as it is.</param>
    public static ArgumentException Unknown(string kind, string name, IEnumerable<string> names, string otherwise = "") =>
        new($"unknown {kind} '{name}': use one of {string.Join(", ", names)}{otherwise}");
}
