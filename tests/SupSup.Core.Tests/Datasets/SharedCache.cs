using SupSup.Data;

namespace SupSup.Core.Tests.Datasets;

/// <summary>The cache that the tool uses too, so that test runs fetch the real data sets once.</summary>
internal static class SharedCache
{
    public static DatasetStore Store { get; } = new(Path.Combine(
        Environment.GetEnvironmentVariable("SUPSUP_HOME") is { Length: > 0 } home
            ? home
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".supsup"),
        "data"));
}
