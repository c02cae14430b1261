using SupSup.Core.Datasets;
using SupSup.Core.Devices;
using SupSup.Core.Masks;
using SupSup.Grains.Interfaces.Models;
using SupSup.Storage;

namespace SupSup.Cli.Output;

/// <summary>Turns exceptions into the one line and the exit code that a user gets.</summary>
internal static class UserError
{
    /// <summary>The command failed.</summary>
    public const int Failed = 1;

    /// <summary>The command is invalid.</summary>
    public const int BadUsage = 2;

    /// <summary>Describes an exception.</summary>
    /// <returns>One line, the exit code, and whether the error was foreseen.</returns>
    public static (string Line, int ExitCode, bool Foreseen) Describe(Exception exception)
    {
        Exception cause = Chain(exception).FirstOrDefault(IsForeseen) ?? exception;
        string line = cause is StorageDirectoryInUseException inUse
            ? $"another supsup ({inUse.Holder ?? "of unknown process id"}) is using the store {inUse.Directory}; wait for it to end, or "
                + "pass --store DIR"
            : cause.Message.ReplaceLineEndings(" ");
        return (line, cause is SupSupException { Error: SupSupError.InvalidRequest } ? BadUsage : Failed, IsForeseen(cause));
    }

    private static bool IsForeseen(Exception e) =>
        e is SupSupException or DatasetException or MaskFileException or DamagedGrainStateException or GrainStorageIOException
            or StorageDirectoryInUseException or NoTorchException or IOException or UnauthorizedAccessException;

    private static IEnumerable<Exception> Chain(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            yield return exception;
            if (exception is AggregateException aggregate)
                foreach (Exception inner in aggregate.InnerExceptions.SelectMany(Chain)) yield return inner;
        }
    }
}
