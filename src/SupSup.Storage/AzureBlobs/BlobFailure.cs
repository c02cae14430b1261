using Azure;
using Azure.Identity;

namespace SupSup.Storage.AzureBlobs;

/// <summary>Turns what the storage SDK throws into the one line an operator reads.</summary>
internal static class BlobFailure
{
    /// <summary>Whether the exception is the service's or the network's failure, not a fault of this program.</summary>
    public static bool Is(Exception exception) => exception
        is RequestFailedException or AuthenticationFailedException or AggregateException or OperationCanceledException
        or IOException or HttpRequestException;

    /// <summary>"cannot {operation} {kind} {location}: {reason}; {consequence}".</summary>
    public static GrainStorageIOException Because(
        string reason, string operation, string kind, string location, string? consequence = null)
    {
        // The SDK's exceptions stay behind: a silo that is sent one cannot read it, and would lose the message too.
        string tail = consequence is null ? "" : $"; {consequence}";
        return new($"cannot {operation} {kind} {location}: {reason}{tail}", location);
    }

    /// <summary>Why it failed, in one line: the status and code of the answer, or why there was none.</summary>
    public static string Reason(Exception exception)
    {
        Exception last = Last(exception);
        return last switch
        {
            RequestFailedException { Status: > 0 } answer => Answer(answer),
            RequestFailedException { InnerException: { } cause } => FailureText.OneLine(cause),
            OperationCanceledException => "the service did not answer in time",
            _ => FailureText.OneLine(last),
        };
    }

    /// <summary>
    /// Whether waiting may help: the service or what issues its tokens cannot be reached, is busy, or is still removing
    /// a container of that name.
    /// </summary>
    public static bool IsPassing(Exception exception) =>
        Last(exception) is not RequestFailedException { Status: >= 300 and < 500 and not (408 or 409 or 429) };

    /// <summary>Whether the service answered that it does not do what it was asked.</summary>
    public static bool IsRefusal(Exception exception) =>
        Last(exception) is RequestFailedException { Status: >= 400 and < 500 and not 408 };

    /// <summary>After retries the SDK throws what each attempt threw, in order.</summary>
    private static Exception Last(Exception exception) =>
        exception is AggregateException { InnerExceptions: [.., { } last] } ? Last(last) : exception;

    // The SDK's message goes on for many lines after the first, with every header of the answer. An answer without a
    // body, to HEAD for one, has no text of its own but the status.
    private static string Answer(RequestFailedException answer)
    {
        string text = answer.Message.Split('\n')[0].Trim();
        string code = string.IsNullOrEmpty(answer.ErrorCode) ? "" : $" {answer.ErrorCode}";
        return $"HTTP {answer.Status}{code}: {text}";
    }
}
