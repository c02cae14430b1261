using System.Collections.Immutable;
using System.Reflection;
using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using SupSup.Grains.Interfaces;

namespace SupSup.Silo.Security;

/// <summary>
/// What a caller is limited to: models, and tasks within them, by patterns of their names, in which <c>*</c> stands for any characters and
/// <c>?</c> for one. What lies outside is to the caller as if it were not there.
/// </summary>
internal sealed record CallerLimits
{
    /// <summary>The pattern of every name, which is no limit.</summary>
    public const string All = "*";

    private const string ModelClaim = "supsup:model";
    private const string TaskClaim = "supsup:task";

    /// <summary>What the caller is called.</summary>
    public required string Caller { get; init; }

    /// <summary>Patterns of the names that its models were made with; default for every model.</summary>
    public ImmutableArray<string> Models { get; init; }

    /// <summary>Patterns of what its tasks are called; default for every task, also those without a name.</summary>
    public ImmutableArray<string> Tasks { get; init; }

    /// <summary>Whether there are models that are not the caller's.</summary>
    public bool LimitsModels => !Models.IsDefault;

    /// <summary>Whether there are tasks that are not the caller's.</summary>
    public bool LimitsTasks => !Tasks.IsDefault;

    /// <summary>Whether there is anything that is not the caller's.</summary>
    public bool Any => LimitsModels || LimitsTasks;

    /// <summary>One line with every limit.</summary>
    public string Text => string.Join(
        ", and to ", new[] { LimitsModels ? $"models {Listed(Models)}" : "", LimitsTasks ? $"tasks {Listed(Tasks)}" : "" }
            .Where(part => part.Length > 0));

    /// <summary>The limits of a request's caller; what handlers take as a parameter.</summary>
    /// <param name="context">The request.</param>
    /// <param name="parameter">Not looked at.</param>
    public static ValueTask<CallerLimits?> BindAsync(HttpContext context, ParameterInfo parameter) => new(Of(context.User));

    /// <summary>The limits of a caller.</summary>
    public static CallerLimits Of(ClaimsPrincipal caller) => new()
    {
        Caller = caller.Identity?.Name ?? "",
        Models = Patterns(caller, ModelClaim),
        Tasks = Patterns(caller, TaskClaim),
    };

    /// <summary>Limits as claims, by which <see cref="Of"/> finds them.</summary>
    /// <param name="models">Patterns of models; null for every model, empty for none.</param>
    /// <param name="tasks">Patterns of tasks; null for every task, empty for none.</param>
    public static IEnumerable<Claim> Claims(IReadOnlyCollection<string>? models, IReadOnlyCollection<string>? tasks) =>
        [.. Claims(ModelClaim, models), .. Claims(TaskClaim, tasks)];

    /// <summary>What is wrong with a list of patterns, or null.</summary>
    public static string? Mistake(IReadOnlyCollection<string> patterns) =>
        patterns.Count == 0 ? "lists none; leave the list out for no limit"
        : patterns.FirstOrDefault(one => string.IsNullOrWhiteSpace(one) || one.Length > 200 || one.Any(char.IsControl)) is { } bad
            ? $"has the pattern '{string.Concat(bad.Take(200).Where(c => !char.IsControl(c)))}'; use 1 to 200 characters, * for any"
        : null;

    /// <summary>Whether a model is the caller's.</summary>
    /// <param name="model">The name that it was made with.</param>
    public bool AllowModel(string model) => !LimitsModels || NamePatterns.AnyMatches(Models, model);

    /// <summary>Whether a task is the caller's.</summary>
    /// <param name="name">What it is called; null for nothing.</param>
    public bool AllowTask(string? name) => !LimitsTasks || (name is not null && NamePatterns.AnyMatches(Tasks, name));

    /// <inheritdoc/>
    public bool Equals(CallerLimits? other) => other is not null && Caller == other.Caller && Text == other.Text;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Caller, Text);

    // A pattern that matches nothing stands for an empty list.
    private static IEnumerable<Claim> Claims(string type, IReadOnlyCollection<string>? patterns) =>
        patterns is null || patterns.Contains(All) ? []
        : patterns.Count == 0 ? [new Claim(type, "")]
        : patterns.Select(pattern => new Claim(type, pattern));

    private static ImmutableArray<string> Patterns(ClaimsPrincipal caller, string type)
    {
        ImmutableArray<string> found = [.. caller.FindAll(type).Select(claim => claim.Value)];
        return found.IsEmpty ? default : found;
    }

    private static string Listed(ImmutableArray<string> patterns) => patterns is [""] ? "of none" : string.Join(", ", patterns);
}
