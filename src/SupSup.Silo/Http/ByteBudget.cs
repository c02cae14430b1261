using System.Globalization;
using Microsoft.AspNetCore.Http;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Telemetry;
using SupSup.Silo.Settings;

namespace SupSup.Silo.Http;

/// <summary>
/// The memory that the bodies of all requests may take together, with what is made of them, from when they are read until they are
/// answered. An eighth is kept for small requests, so that these are served while large ones are refused; and no caller has more than half,
/// but for a single request, and a half of that reserve. Thread-safe.
/// </summary>
internal sealed class ByteBudget
{
    /// <summary>Bytes up to which a request counts as small.</summary>
    public const long SmallBytes = 1 << 20;

    private const long LeastBytes = 16 << 20;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _callers = new(StringComparer.Ordinal);
    private readonly RequestMetrics _metrics;
    private readonly long _reserve;
    private long _held;
    private long _peak;

    /// <summary>Makes a full budget.</summary>
    /// <param name="settings">How large it is.</param>
    /// <param name="metrics">Hears what is held and refused.</param>
    public ByteBudget(LimitSettings settings, RequestMetrics metrics)
    {
        _metrics = metrics;
        Capacity = settings.RequestMemoryBytes > 0
            ? settings.RequestMemoryBytes
            : Math.Max(LeastBytes, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 3);
        _reserve = Capacity / 8;
    }

    /// <summary>Bytes in all.</summary>
    public long Capacity { get; }

    /// <summary>Bytes that are held now.</summary>
    public long Held
    {
        get
        {
            lock (_lock) return _held;
        }
    }

    /// <summary>The most bytes that were held at once since this was last asked.</summary>
    public long TakePeak()
    {
        lock (_lock)
        {
            long peak = _peak;
            _peak = _held;
            return peak;
        }
    }

    /// <summary>A lease that holds nothing yet.</summary>
    /// <param name="caller">Whose it is; null where callers are not told apart.</param>
    public Lease Open(string? caller) => new(this, caller);

    // All or nothing. What a caller holds that is not told apart from others is bounded by the whole alone.
    private void Take(string? caller, long more, long total)
    {
        bool isSmall = total <= SmallBytes;
        long mostOfAll = Capacity - (isSmall ? 0 : _reserve), mostOfOne = (Capacity / 2) + (isSmall ? _reserve / 2 : 0);
        if (total > mostOfAll) throw new TooLargeException(
            $"the request would take {Text(total)} of memory, and one may take {Text(mostOfAll)} (Limits:RequestMemoryBytes); send less at "
                + "once");
        lock (_lock)
        {
            long own = caller is null ? 0 : _callers.GetValueOrDefault(caller);
            bool isOnly = own == total - more;
            if (_held + more <= mostOfAll && (caller is null || isOnly || own + more <= mostOfOne))
            {
                _held += more;
                _peak = Math.Max(_peak, _held);
                if (caller is not null) _callers[caller] = own + more;
                more = 0;
            }
        }

        if (more == 0) return;
        _metrics.Refused("memory");
        throw new SupSupException(
            SupSupError.Unavailable,
            $"the requests under way take all memory that they may, {Text(Capacity)} (Limits:RequestMemoryBytes); ask again later, or send "
                + "less at once");
    }

    private void Return(string? caller, long bytes)
    {
        lock (_lock)
        {
            _held -= bytes;
            if (caller is null) return;
            long left = _callers[caller] - bytes;
            if (left == 0) _callers.Remove(caller);
            else _callers[caller] = left;
        }
    }

    private static string Text(long bytes) => $"{Math.Ceiling(bytes / (double)(1 << 20)).ToString("N0", CultureInfo.InvariantCulture)} MiB";

    /// <summary>What one request holds. Not thread-safe.</summary>
    internal sealed class Lease(ByteBudget budget, string? caller) : IDisposable
    {
        /// <summary>Bytes that it holds.</summary>
        public long Bytes { get; private set; }

        /// <summary>A further lease of the same caller.</summary>
        public Lease Another() => budget.Open(caller);

        /// <summary>Has it hold no less than so many bytes.</summary>
        /// <exception cref="SupSupException">Unavailable: there are not so many left; it holds what it did.</exception>
        /// <exception cref="TooLargeException">There never will be.</exception>
        public void Cover(long bytes)
        {
            if (bytes <= Bytes) return;
            long more = bytes - Bytes;
            budget.Take(caller, more, bytes);
            Bytes = bytes;
            budget._metrics.Held(more);
        }

        /// <summary>Gives back all that it holds.</summary>
        public void Dispose()
        {
            if (Bytes == 0) return;
            budget.Return(caller, Bytes);
            budget._metrics.Held(-Bytes);
            Bytes = 0;
        }
    }

    /// <summary>A request needs more memory than one may take.</summary>
    internal sealed class TooLargeException(string message) : BadHttpRequestException(message, StatusCodes.Status413PayloadTooLarge);
}
