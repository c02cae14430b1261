using SupSup.Client;

namespace SupSup.LoadTest;

/// <summary>Counts what went wrong. Thread-safe.</summary>
internal sealed class LoadErrors
{
    private const int MostMessages = 20;

    private readonly List<string> _messages = [];
    private int _errors;
    private int _retries;

    /// <summary>Operations that failed after all retries.</summary>
    public int Errors => Volatile.Read(ref _errors);

    /// <summary>Attempts that were repeated.</summary>
    public int Retries => Volatile.Read(ref _retries);

    /// <summary>The first few errors.</summary>
    public IReadOnlyList<string> Messages
    {
        get
        {
            lock (_messages) return [.. _messages];
        }
    }

    /// <summary>Counts an operation that failed.</summary>
    public void Failed(string what, Exception error)
    {
        Interlocked.Increment(ref _errors);
        lock (_messages)
            if (_messages.Count < MostMessages) _messages.Add($"{what}: {error.Message.ReplaceLineEndings(" ")}");
    }

    /// <summary>Counts an attempt that will be repeated.</summary>
    public void Retried(RetryNotice notice) => Interlocked.Increment(ref _retries);
}
