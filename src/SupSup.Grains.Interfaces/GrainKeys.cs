using System.Globalization;
using System.Text.RegularExpressions;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Interfaces;

/// <summary>Builds and reads grain keys. They are storage names, so they never change.</summary>
public static partial class GrainKeys
{
    /// <summary>The key of the one catalogue.</summary>
    public const string Catalog = "models";

    /// <summary>Checks a model name: 1 to 100 letters, digits, '.', '_' or '-', starting with a letter or digit.</summary>
    /// <param name="model">The name.</param>
    /// <returns>The name.</returns>
    /// <exception cref="SupSupException">InvalidRequest: the name cannot be used.</exception>
    public static string CheckModel(string model) =>
        ModelName().IsMatch(model) ? model : throw new SupSupException(
            SupSupError.InvalidRequest,
            $"'{model}' cannot name a model: use 1 to 100 letters, digits, '.', '_' or '-', starting with a letter or digit");

    /// <summary>The key of a task grain.</summary>
    /// <param name="model">The model's name.</param>
    /// <param name="task">Task index, not negative.</param>
    public static string Task(string model, int task) => task >= 0
        ? $"{CheckModel(model)}/{task}"
        : throw new SupSupException(SupSupError.InvalidRequest, $"task index {task} is negative; indices start at 0");

    /// <summary>The key of a shard grain.</summary>
    /// <param name="model">The model's name.</param>
    /// <param name="shard">Shard index.</param>
    public static string Shard(string model, int shard) => $"{CheckModel(model)}/{shard}";

    /// <summary>The key of a stream grain.</summary>
    /// <param name="model">The model's name.</param>
    /// <param name="stream">The stream's name, of the same form as a model's.</param>
    /// <exception cref="SupSupException">InvalidRequest: a name cannot be used.</exception>
    public static string Stream(string model, string stream) => ModelName().IsMatch(stream)
        ? $"{CheckModel(model)}/{stream}"
        : throw new SupSupException(SupSupError.InvalidRequest,
            $"'{stream}' cannot name a stream: use 1 to 100 letters, digits, '.', '_' or '-', starting with a letter or digit");

    /// <summary>The model of a stream key.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="SupSupException">InvalidRequest: it is no such key.</exception>
    public static string ModelOfStream(string key)
    {
        int slash = key.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0) throw new SupSupException(SupSupError.InvalidRequest, $"'{key}' is not a key of the form model/stream");
        Stream(key[..slash], key[(slash + 1)..]);
        return key[..slash];
    }

    /// <summary>Takes a task or shard key apart.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="SupSupException">InvalidRequest: it is no such key.</exception>
    public static (string Model, int Index) Split(string key)
    {
        int slash = key.LastIndexOf('/');
        return slash > 0 && int.TryParse(key.AsSpan(slash + 1), out int index) && index >= 0
            && key.AsSpan(slash + 1).SequenceEqual(index.ToString(CultureInfo.InvariantCulture)) // "07" would be another grain for task 7
            ? (CheckModel(key[..slash]), index)
            : throw new SupSupException(SupSupError.InvalidRequest, $"'{key}' is not a key of the form model/index");
    }

    [GeneratedRegex(@"^[\p{L}\p{Nd}][\p{L}\p{Nd}._-]{0,99}\z")]
    private static partial Regex ModelName();
}
