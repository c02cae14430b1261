namespace SupSup.Cli.Hosting;

/// <summary>Where the tool keeps what it learned: SUPSUP_HOME, by default ~/.supsup.</summary>
internal static class SupSupHome
{
    public static string Folder => Environment.GetEnvironmentVariable("SUPSUP_HOME") is { Length: > 0 } home
        ? Path.GetFullPath(home)
        : Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify), ".supsup");

    /// <summary>How the tool was started, for commands that it suggests; the start script tells it.</summary>
    public static string Command => Environment.GetEnvironmentVariable("SUPSUP_COMMAND") is { Length: > 0 } command ? command : "supsup";

    /// <summary>Models and masks.</summary>
    public static string Store => Path.Combine(Folder, "store");

    /// <summary>Datasets.</summary>
    public static string Data => Path.Combine(Folder, "data");
}
