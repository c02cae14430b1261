using System.Security.Claims;

namespace SupSup.Silo.Security;

/// <summary>What a caller may do; each role includes those before it.</summary>
internal static class Roles
{
    /// <summary>Infers, and looks at everything.</summary>
    public const string Reader = "reader";

    /// <summary>Also creates models, trains, streams and imports.</summary>
    public const string Trainer = "trainer";

    /// <summary>Also deletes, and sees the Orleans dashboard.</summary>
    public const string Admin = "admin";

    /// <summary>All of them, the least first.</summary>
    public static IReadOnlyList<string> All { get; } = [Reader, Trainer, Admin];

    /// <summary>A caller's identity.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="roles">Names of roles; those that are none of ours are passed over.</param>
    /// <param name="scheme">How it was found out.</param>
    /// <param name="models">Patterns of the models that it is limited to; null for every model.</param>
    /// <param name="tasks">Patterns of the tasks that it is limited to; null for every task.</param>
    public static ClaimsPrincipal Principal(
        string name, IEnumerable<string> roles, string scheme, IReadOnlyCollection<string>? models = null,
        IReadOnlyCollection<string>? tasks = null)
    {
        int highest = roles.Select(role => All.ToList().IndexOf(role)).DefaultIfEmpty(-1).Max();
        return new ClaimsPrincipal(new ClaimsIdentity(
            [
                new Claim(ClaimTypes.Name, name),
                .. All.Take(highest + 1).Select(role => new Claim(ClaimTypes.Role, role)),
                .. CallerLimits.Claims(models, tasks),
            ],
            scheme));
    }
}
