namespace SupSup.Shared;

/// <summary>
/// What a file says, read again when it has changed. It is looked at when it is asked for, and no more often than every few
/// seconds; a file system's events would miss the links that Kubernetes swaps. A file that cannot be read any more
/// leaves what was read last, and is tried again: what it says may hang on another file, as a certificate's does on its key's,
/// and the two are not replaced at once. Thread-safe.
/// </summary>
/// <typeparam name="T">What is read out of it.</typeparam>
internal sealed class WatchedFile<T>
    where T : class
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly string _path;
    private readonly Func<byte[], T> _parse;
    private readonly TimeProvider _time;
    private readonly Action<Exception> _failed;
    private readonly Lock _lock = new();
    private byte[] _content;
    private string? _complaint;
    private volatile T _current;
    private long _looked;

    /// <summary>Reads the file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="parse">Reads its content.</param>
    /// <param name="time">The clock.</param>
    /// <param name="failed">Told when it cannot be read any more; once for each reason.</param>
    public WatchedFile(string path, Func<byte[], T> parse, TimeProvider time, Action<Exception> failed)
    {
        (_path, _parse, _time, _failed) = (path, parse, time, failed);
        _content = File.ReadAllBytes(path);
        _current = parse(_content);
        _looked = time.GetTimestamp();
    }

    /// <summary>What it says.</summary>
    public T Current
    {
        get
        {
            if (_time.GetElapsedTime(Volatile.Read(ref _looked)) >= Interval && _lock.TryEnter())
            {
                try
                {
                    Look();
                }
                finally
                {
                    Volatile.Write(ref _looked, _time.GetTimestamp());
                    _lock.Exit();
                }
            }

            return _current;
        }
    }

    private void Look()
    {
        try
        {
            byte[] content = File.ReadAllBytes(_path);
            if (_complaint is null && content.AsSpan().SequenceEqual(_content)) return;
            _current = _parse(content);
            (_content, _complaint) = (content, null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or ArgumentException
            or System.Security.Cryptography.CryptographicException)
        {
            if (_complaint == e.Message) return; // once is enough
            _complaint = e.Message;
            _failed(e);
        }
    }
}
