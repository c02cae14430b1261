using ArchUnitNET.Domain;
using ArchUnitNET.Loader;

namespace SupSup.Architecture.Tests;

public sealed class NamespaceTests
{
    // Projects whose circles are still to be opened: an entry goes when its last circle does, and none is added.
    private static readonly string[] Unfinished = [];

    public static TheoryData<string> Projects => [.. Project.All.Select(project => project.Name)];

    [Theory, MemberData(nameof(Projects))]
    public void Given_a_project_when_its_namespaces_use_one_another_then_they_form_no_circle(string name)
    {
        string[] circles = [.. Circles(UsesIn(Project.All.Single(project => project.Name == name).Assembly))];
        Assert.True(
            circles.Length > 0 == Unfinished.Contains(name),
            $"namespaces of {name} that use themselves by way of others: {string.Join(", ", circles)}");
    }

    [Fact]
    public void Given_uses_that_lead_back_when_searched_then_exactly_the_namespaces_on_the_way_are_a_circle() =>
        Assert.Equal(
            ["a", "b", "c"],
            Circles([("a", "b"), ("b", "c"), ("c", "a"), ("c", "d"), ("d", "e"), ("f", "a")]).Order(StringComparer.Ordinal));

    // Which namespace of an assembly uses which other one of it: in signatures, attributes and bodies of methods.
    private static HashSet<(string From, string To)> UsesIn(string assembly)
    {
        var all = new ArchLoader().LoadFilteredDirectory(AppContext.BaseDirectory, assembly).Build().Types;
        IType[] types = [.. all.Where(type => IsOurs(type.Namespace))];
        Assert.NotEmpty(types);
        return
        [
            .. types.SelectMany(type => type.Dependencies.Select(use => use.Target.Namespace)
                .Where(target => IsOurs(target) && target.FullName != type.Namespace.FullName)
                .Select(target => (type.Namespace.FullName, target.FullName))),
        ];
    }

    // Not what generators make of our names.
    private static bool IsOurs(Namespace? space) => space?.FullName.StartsWith("SupSup", StringComparison.Ordinal) == true;

    // The namespaces from which uses lead back to themselves.
    private static IEnumerable<string> Circles(IReadOnlyCollection<(string From, string To)> uses)
    {
        ILookup<string, string> next = uses.ToLookup(use => use.From, use => use.To);
        foreach (string start in next.Select(from => from.Key))
        {
            HashSet<string> reached = [];
            Stack<string> open = new([start]);
            while (open.TryPop(out string? at))
                foreach (string to in next[at].Where(reached.Add)) open.Push(to);
            if (reached.Contains(start)) yield return start;
        }
    }
}
