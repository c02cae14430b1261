using Microsoft.Extensions.Logging;

namespace SupSup.Storage.LocalDirectory;

/// <summary>
/// The temporary files of writes: their names, and their removal when a write failed or its process died.
/// </summary>
internal sealed partial class Leftovers(ILogger logger)
{
    // The dot in front tells them from records, whose names never begin with one.
    private const string Prefix = ".";
    private const string Suffix = ".tmp";

    private readonly ILogger _logger = logger;

    /// <summary>A name that no other file has.</summary>
    public static string NewName() => $"{Prefix}{Guid.NewGuid():N}{Suffix}";

    /// <summary>Brings a container into order before its first use.</summary>
    /// <param name="container">The directory, already locked.</param>
    /// <param name="predecessorCrashed">Whether the last silo on it did not stop cleanly.</param>
    /// <exception cref="IOException">The directory cannot be listed or flushed.</exception>
    public void Recover(string container, bool predecessorCrashed)
    {
        // What a crashed process renamed but had not flushed yet can be read already. It must be durable before anyone
        // acts on it.
        if (predecessorCrashed)
        {
            LogRecovering(container);
            Posix.FlushFileSystem(container);
        }

        var everywhere = new EnumerationOptions
        {
            RecurseSubdirectories = true,
            AttributesToSkip = FileAttributes.ReparsePoint,
            IgnoreInaccessible = true,
        };
        foreach (string leftover in Directory.EnumerateFiles(container, $"{Prefix}*{Suffix}", everywhere))
        {
            LogLeftover(leftover);
            TryDelete(leftover);
        }
    }

    /// <summary>Deletes a temporary file that may exist; where that fails, it is left to the next start.</summary>
    public void TryDelete(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (DirectoryNotFoundException)
        {
            // Nothing was created.
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            LogLeftoverStays(e, temporary);
        }
    }

    [LoggerMessage(LogLevel.Warning, "The last silo on {Directory} did not stop cleanly; flushing what it wrote")]
    private partial void LogRecovering(string directory);

    [LoggerMessage(LogLevel.Information, "Removing {File}, which a write that was cut off left behind")]
    private partial void LogLeftover(string file);

    [LoggerMessage(LogLevel.Warning, "The temporary file {File} could not be removed; the next start tries again")]
    private partial void LogLeftoverStays(Exception exception, string file);
}
