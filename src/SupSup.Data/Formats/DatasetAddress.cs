using System.Globalization;
using SupSup.Core.Datasets;

namespace SupSup.Data.Formats;

/// <summary>The path of a dataset with options, as <c>./flowers?size=32&amp;grey</c>: how the files are to be read.</summary>
public sealed class DatasetAddress
{
    private readonly SortedDictionary<string, string> _options;

    private DatasetAddress(string path, SortedDictionary<string, string> options) => (Path, _options) = (path, options);

    /// <summary>The full path of the file or folder.</summary>
    public string Path { get; }

    /// <summary>The names of the options that are given.</summary>
    public IReadOnlyCollection<string> Options => _options.Keys;

    /// <summary>Reads an address. What exists as it is written is a path without options, whatever is in its name.</summary>
    /// <param name="text">PATH, or PATH?NAME=VALUE&amp;NAME...; a value may have escapes such as %26 for an ampersand.</param>
    /// <exception cref="DatasetOptionException">An option has no name, or is there twice.</exception>
    public static DatasetAddress Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int at = System.IO.Path.Exists(text) ? -1 : text.IndexOf('?', StringComparison.Ordinal);
        return at < 0 ? Of(text, "") : Of(text[..at], text[(at + 1)..]);
    }

    /// <summary>The address of a path with options. Whatever is in the options, it is that path's: those that a stranger gave go here, for
    /// <see cref="Parse"/> would take <c>data.csv?/../other</c> for the path of what is beside it.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="text">NAME=VALUE&amp;NAME..., or nothing.</param>
    /// <exception cref="DatasetOptionException">An option has no name, or is there twice.</exception>
    public static DatasetAddress Of(string path, string text)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(text);
        SortedDictionary<string, string> options = new(StringComparer.Ordinal);
        Add(options, path, text);
        return new(System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path.Length == 0 ? "." : path)), options);
    }

    /// <summary>The options in the order of their names, as "grey&amp;size=32"; empty for none.</summary>
    public string OptionsText =>
        string.Join('&', _options.Select(option => option.Value.Length == 0 ? option.Key : $"{option.Key}={Escape(option.Value)}"));

    /// <summary>The full path with the options in the order of their names: one spelling for one meaning.</summary>
    public override string ToString() => _options.Count == 0 ? Path : $"{Path}?{OptionsText}";

    /// <summary>The address with more options.</summary>
    /// <param name="options">Options as in an address, as "size=32&amp;grey".</param>
    /// <exception cref="DatasetOptionException">An option is there already.</exception>
    public DatasetAddress With(string options)
    {
        ArgumentNullException.ThrowIfNull(options);
        SortedDictionary<string, string> all = new(_options, StringComparer.Ordinal);
        Add(all, Path, options);
        return new(Path, all);
    }

    /// <summary>The address with an option, unless it says that already, or its opposite.</summary>
    /// <param name="option">An option as in an address, as "size=32".</param>
    public DatasetAddress Completed(string option)
    {
        ArgumentNullException.ThrowIfNull(option);
        bool isSaid = _options.ContainsKey(option.Split('=')[0]) || (option is "grey" or "colour" && (Has("grey") || Has("colour")));
        return isSaid ? this : With(option);
    }

    /// <summary>Refuses options that are not known.</summary>
    /// <param name="known">The names that are.</param>
    /// <exception cref="DatasetOptionException">There is another.</exception>
    public void Check(IEnumerable<string> known)
    {
        string[] names = [.. known.Order(StringComparer.Ordinal)];
        if (Options.FirstOrDefault(name => !names.Contains(name)) is { } other)
            throw new DatasetOptionException(Path, $"unknown option '{other}'", $"known for such data are {string.Join(", ", names)}");
    }

    /// <summary>Whether an option that takes no value is there.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="DatasetOptionException">It has a value.</exception>
    public bool Has(string name) => Text(name) switch
    {
        null => false,
        "" => true,
        { } value => throw Invalid(name, value, "leave the value out"),
    };

    /// <summary>The value of an option, or null.</summary>
    /// <param name="name">Its name.</param>
    public string? Text(string name) => _options.GetValueOrDefault(name);

    /// <summary>The values of an option that takes several, joined by commas.</summary>
    /// <param name="name">Its name.</param>
    public string[] List(string name) =>
        Text(name)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <summary>One of a few values; the first where the option is left out.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="choices">What it may be.</param>
    /// <exception cref="DatasetOptionException">It is another.</exception>
    public string Choice(string name, params string[] choices)
    {
        ArgumentNullException.ThrowIfNull(choices);
        string value = Text(name) ?? choices[0];
        return choices.Contains(value) ? value : throw Invalid(name, value, $"use {string.Join(" or ", choices)}");
    }

    /// <summary>A number in a range, or null.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="least">The least it may be.</param>
    /// <param name="most">The most it may be.</param>
    /// <typeparam name="T">A type of numbers.</typeparam>
    /// <exception cref="DatasetOptionException">It is no such number.</exception>
    public T? Number<T>(string name, T least, T most)
        where T : struct, System.Numerics.INumber<T>
    {
        if (Text(name) is not { } value) return null;
        return T.TryParse(value, CultureInfo.InvariantCulture, out T number) && number >= least && number <= most
            ? number
            : throw Invalid(name, value, $"use a number from {least} to {most}");
    }

    /// <summary>Sides such as 28x28 or 3x32x32, or null.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="remedy">What to write.</param>
    /// <exception cref="DatasetOptionException">It has a side that is not 1 to 65,535.</exception>
    public int[]? Sides(string name, string remedy)
    {
        if (Text(name) is not { } value) return null;
        int[] sides = [.. value.Split('x').Select(side => ushort.TryParse(side, CultureInfo.InvariantCulture, out ushort n) ? n : 0)];
        return sides.Contains(0) || sides.Length > 3 ? throw Invalid(name, value, remedy) : sides;
    }

    /// <summary>The error of an option with a value that it cannot have.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">The value.</param>
    /// <param name="remedy">What to write.</param>
    public DatasetException Invalid(string name, string value, string remedy) =>
        new DatasetOptionException(Path, $"option {name} cannot be '{value}'", remedy);

    private static void Add(SortedDictionary<string, string> options, string path, string text)
    {
        foreach (string option in text.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = option.Split('=', 2);
            if (parts[0].Length == 0 || !options.TryAdd(parts[0], Uri.UnescapeDataString(parts.ElementAtOrDefault(1) ?? "")))
                throw new DatasetOptionException(
                    path, $"option '{option}' has no name or is there twice", "write '?name=value&name=value'");
        }
    }

    private static string Escape(string value) =>
        value.Replace("%", "%25", StringComparison.Ordinal).Replace("&", "%26", StringComparison.Ordinal);
}
