using System.Runtime.InteropServices;

namespace SupSup.Storage.LocalDirectory;

/// <summary>Turns what the file system throws into the one line an operator reads.</summary>
internal static class FileFailure
{
    private const int LargestErrno = 255;

    /// <summary>Whether the exception is the file system's refusal, not a fault of this program.</summary>
    public static bool Is(Exception exception) => exception is IOException or UnauthorizedAccessException;

    /// <summary>"cannot {operation} {path}: {reason}; {consequence}".</summary>
    public static GrainStorageIOException Because(
        Exception exception, string operation, string path, string? consequence = null)
    {
        string tail = consequence is null ? "" : $"; {consequence}";
        return new($"cannot {operation} {path}: {Reason(exception)}{tail}", path, exception);
    }

    /// <summary>Does something, and throws what the file system refuses as <see cref="Because"/> says it.</summary>
    public static void OrThrow(string operation, string path, Action work, string? consequence = null) =>
        OrThrow(operation, path, () => { work(); return true; }, consequence);

    /// <summary>Does something, and throws what the file system refuses as <see cref="Because"/> says it.</summary>
    public static T OrThrow<T>(string operation, string path, Func<T> work, string? consequence = null)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (Is(e))
        {
            throw Because(e, operation, path, consequence);
        }
    }

    // .NET's own message repeats the path in quotes and, for a denied access, does not say why. Its HResult, or that
    // of the exception within, is the errno.
    private static string Reason(Exception exception)
    {
        for (Exception? cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (!OperatingSystem.IsWindows() && cause.HResult is > 0 and <= LargestErrno)
                return Marshal.GetPInvokeErrorMessage(cause.HResult);
        }

        return FailureText.OneLine(exception);
    }
}
