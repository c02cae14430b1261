using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Telemetry;
using SupSup.Silo.Security;
using SupSup.Silo.Settings;

namespace SupSup.Silo.Http;

/// <summary>
/// The streams that are open. They are a share of the requests under way only, over all callers and of each, so that requests that end by
/// themselves find room; one ends when its caller is gone or not allowed any more, when nothing came for too long, or with the silo.
/// </summary>
/// <param name="settings">How many, and for how long.</param>
/// <param name="gate">Knows when the silo is to stop.</param>
/// <param name="metrics">Hears of them.</param>
/// <param name="time">The clock.</param>
internal sealed class OpenStreams(SiloSettings settings, ServingGate gate, RequestMetrics metrics, TimeProvider time)
{
    private readonly Dictionary<string, int> _callers = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private readonly SiloSettings _settings = settings;
    private readonly ServingGate _gate = gate;
    private readonly TimeProvider _time = time;
    private int _open;

    /// <summary>Opens a stream.</summary>
    /// <param name="context">Its request.</param>
    /// <param name="takes">Whether it takes what the caller sends: such a one may not be idle.</param>
    /// <exception cref="SupSupException">Unavailable: too many are open.</exception>
    public One Open(HttpContext context, bool takes)
    {
        string caller = RateLimitFeature.Caller(context);
        int most = Share(_settings.Http.MaxConcurrentRequests), mostOfOne = Share(_settings.Security.ConcurrentRequests);
        lock (_lock)
        {
            int own = _callers.GetValueOrDefault(caller);
            if (_open < most && own < mostOfOne)
            {
                _open++;
                _callers[caller] = own + 1;
                most = -1;
            }
        }

        if (most >= 0)
        {
            metrics.Refused("streams");
            throw new SupSupException(SupSupError.Unavailable,
                $"as many streams are open as may be, {most} in all and {mostOfOne} of one caller (Limits:StreamShare); close one, or ask "
                    + "again later");
        }

        metrics.Streams(1);
        return new One(this, context, caller, takes);
    }

    private int Share(int requests) => _settings.Limits.StreamShare > 0
        ? Math.Max(1, (int)(_settings.Limits.StreamShare * requests))
        : 0;

    private void Close(string caller)
    {
        lock (_lock)
        {
            _open--;
            if (_callers[caller] == 1) _callers.Remove(caller);
            else _callers[caller]--;
        }

        metrics.Streams(-1);
    }

    /// <summary>A stream that is open.</summary>
    internal sealed class One : IAsyncDisposable
    {
        private readonly OpenStreams _all;
        private readonly HttpContext _context;
        private readonly string _caller;
        private readonly bool _takes;
        private readonly CancellationTokenSource _ending;
        private readonly CancellationTokenSource _closed = new();
        private readonly Task _watching;
        private volatile Exception? _mistake;
        private long _heard;

        internal One(OpenStreams all, HttpContext context, string caller, bool takes)
        {
            (_all, _context, _caller, _takes) = (all, context, caller, takes);
            _ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, all._gate.Stopping);
            Token = _ending.Token;
            context.Features.Set(this);
            Heard();
            _watching = WatchAsync();
        }

        /// <summary>Cancelled when it is to end.</summary>
        public CancellationToken Token { get; }

        /// <summary>Why it was ended; null where its caller is gone, or it was not.</summary>
        public Exception? Reason => _mistake ?? (_all._gate.Stopping.IsCancellationRequested
            ? new SupSupException(SupSupError.Unavailable, ServingGate.Stopped) : null);

        /// <summary>The stream that a request is.</summary>
        public static One Of(HttpContext context) => context.Features.GetRequiredFeature<One>();

        /// <summary>Something came, or was answered: it is not idle.</summary>
        public void Heard() => Volatile.Write(ref _heard, _all._time.GetTimestamp());

        /// <inheritdoc/>
        public async ValueTask DisposeAsync()
        {
            await _closed.CancelAsync();
            await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _all.Close(_caller);
            _closed.Dispose();
            _ending.Dispose();
        }

        private async Task WatchAsync()
        {
            LimitSettings limits = _all._settings.Limits;
            using PeriodicTimer timer = new(
                TimeSpan.FromSeconds(Math.Min(limits.StreamCheckSeconds, limits.StreamIdleSeconds)), _all._time);
            while (await timer.WaitForNextTickAsync(_closed.Token))
            {
                _mistake = await MistakeAsync(limits);
                if (_mistake is null) continue;
                await _ending.CancelAsync();
                return;
            }
        }

        private async Task<Exception?> MistakeAsync(LimitSettings limits)
        {
            if (_takes && _all._time.GetElapsedTime(Volatile.Read(ref _heard)) > TimeSpan.FromSeconds(limits.StreamIdleSeconds))
                return new BadHttpRequestException(
                    $"nothing came for {limits.StreamIdleSeconds} s (Limits:StreamIdleSeconds); open the stream again",
                    StatusCodes.Status408RequestTimeout);
            return await IsStillAllowedAsync() ? null : new BadHttpRequestException(
                "the key or token that the stream was opened with is not valid any more; open it again with another",
                StatusCodes.Status401Unauthorized);
        }

        // A handler of its own: that of the request remembers what it found.
        private async Task<bool> IsStillAllowedAsync()
        {
            string? scheme = _context.User.Identity?.AuthenticationType;
            if (scheme is null || !_all._settings.Security.IsRequired) return true;
            await using AsyncServiceScope scope = _context.RequestServices.CreateAsyncScope();
            IAuthenticationHandler? handler =
                await scope.ServiceProvider.GetRequiredService<IAuthenticationHandlerProvider>().GetHandlerAsync(_context, scheme);
            AuthenticateResult? found = handler is null ? null : await handler.AuthenticateAsync();
            return found is { Succeeded: true, Principal: { } now } && Roles.All.All(
                role => now.IsInRole(role) || !_context.User.IsInRole(role))
                && (CallerLimits.Of(now) is { Any: false } || CallerLimits.Of(now) == CallerLimits.Of(_context.User));
        }
    }
}
