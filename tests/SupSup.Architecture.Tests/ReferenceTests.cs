namespace SupSup.Architecture.Tests;

public sealed class ReferenceTests
{
    // From the ground up; docs/architecture.md has the picture. A project refers only to those in the lines above its own.
    private static readonly string[][] Floors =
    [
        ["SupSup.Core", "SupSup.Grains.Interfaces", "SupSup.Storage"],
        ["SupSup.Torch", "SupSup.Client", "SupSup.Data"],
        ["SupSup.Reference", "SupSup.Grains"],
        ["SupSup.Experiments"],
        ["SupSup.Silo"],
        ["SupSup.Cli"],
        ["SupSup.LocalCluster"],
        ["SupSup.Bench", "SupSup.LoadTest"],
    ];

    [Fact]
    public void Given_the_projects_when_they_refer_to_others_then_only_to_floors_below() => Assert.All(Project.All, project =>
        Assert.All(
            project.References.Where(other => other.Folder != "benchmarks"),
            other => Assert.InRange(Floor(other.Name), 0, Floor(project.Name) - 1)));

    [Fact]
    public void Given_a_project_of_the_product_when_it_refers_to_others_then_to_none_of_tools_or_benchmarks() =>
        Assert.All(
            Project.All.Where(project => project.Folder == "src"),
            project => Assert.All(project.References, other => Assert.Equal("src", other.Folder)));

    private static int Floor(string project)
    {
        int floor = Array.FindIndex(Floors, names => names.Contains(project));
        Assert.True(floor >= 0, $"{project} has no floor yet: enter it in {nameof(ReferenceTests)}.{nameof(Floors)}");
        return floor;
    }
}
