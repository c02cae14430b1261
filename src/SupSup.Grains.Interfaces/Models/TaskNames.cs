using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace SupSup.Grains.Interfaces.Models;

/// <summary>What people call a task and its classes.</summary>
[GenerateSerializer, Immutable, Alias("supsup.task-names")]
public sealed record TaskNames
{
    /// <summary>Characters of a name, at most.</summary>
    public const int Longest = 200;

    /// <summary>The task's name; null for none.</summary>
    [Id(0)]
    public string? Task { get; init; }

    /// <summary>The names of its classes, in their order; empty for none.</summary>
    [Id(1)]
    public ImmutableArray<string> Classes { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>Whether nothing has a name.</summary>
    [JsonIgnore]
    public bool IsEmpty => Task is null && Classes.IsEmpty;

    /// <summary>The name of a class; null where it has none.</summary>
    /// <param name="number">Its number.</param>
    public string? ClassName(int number) => number < Classes.Length ? Classes[number] : null;

    /// <summary>Checks that the names can be kept.</summary>
    /// <exception cref="SupSupException">InvalidRequest: one is empty, too long or has a control character, or two classes share
    /// one.</exception>
    public void Check()
    {
        foreach (string? name in Classes.Append(Task ?? "unnamed"))
            if (string.IsNullOrWhiteSpace(name) || name.Length > Longest || name.Any(char.IsControl))
                throw new SupSupException(SupSupError.InvalidRequest,
                    $"name '{Shown(name)}' of a task or class cannot be used; use 1 to {Longest} characters, none of them a control "
                        + "character");
        if (Classes.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new SupSupException(SupSupError.InvalidRequest, $"two classes are named '{twice.Key}'; name each once");
    }

    // An error is one line.
    private static string Shown(string? name) => string.Concat(name?.Take(Longest).Select(c => char.IsControl(c) ? '?' : c) ?? []);

    /// <inheritdoc/>
    public bool Equals(TaskNames? other) => other is not null && Task == other.Task && Classes.SequenceEqual(other.Classes);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Task, Classes.Length);

    /// <summary>One line with every name.</summary>
    public override string ToString() =>
        string.Join(' ', new[] { Task is null ? "" : $"'{Task}'", Classes.IsEmpty ? "" : $"of {string.Join(", ", Classes)}" }.Where(
            part => part.Length > 0));
}
