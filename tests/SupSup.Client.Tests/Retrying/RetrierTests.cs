using Microsoft.Extensions.Time.Testing;
using Orleans.Runtime.Messaging;
using Orleans.Storage;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Client.Tests.Retrying;

public sealed class RetrierTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly List<RetryNotice> _notices = [];
    private int _attempts;

    public static TheoryData<Exception> Passing => [
        new SiloUnavailableException(), new ConnectionFailedException("x"), new GatewayTooBusyException(), new LimitExceededException("x"),
        new IOException("x"),
        new TimeoutException(), new EnumerationAbortedException(), new InconsistentStateException("x"), new OperationCanceledException(),
        new SupSupException(SupSupError.Unavailable, "x")];

    public static TheoryData<Exception> Lasting => [
        new SupSupException(SupSupError.InvalidRequest, "x"), new SupSupException(SupSupError.NotFound, "x"),
        new SupSupException(SupSupError.Conflict, "x"), new SupSupException(SupSupError.Damaged, "x"),
        new ArgumentException("x"), new ObjectDisposedException("x"), new OrleansException("x")];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(Passing), DisableDiscoveryEnumeration = true)]
    public async Task Given_a_fault_that_passes_when_called_then_the_call_is_made_again_until_it_is_answered(Exception fault)
    {
        Assert.Equal(5, await RunAsync(new RetryOptions(), failures: 4, fault));
        Assert.Equal([1, 2, 3, 4], _notices.Select(notice => notice.Failures));
        Assert.All(_notices, notice => Assert.Same(fault, notice.Error));
        Assert.All(_notices, notice => Assert.Equal("ask", notice.Call));
        for (int n = 0; n < 4; n++) Assert.InRange(_notices[n].Delay.TotalMilliseconds, 50 << n, 100 << n);
    }

    [Theory, MemberData(nameof(Lasting), DisableDiscoveryEnumeration = true)]
    public async Task Given_an_error_that_lasts_when_called_then_it_comes_at_once_and_unchanged(Exception error)
    {
        Assert.Same(error, await Assert.ThrowsAnyAsync<Exception>(() => RunAsync(new RetryOptions(), failures: 9, error)));
        Assert.Equal(1, _attempts);
        Assert.Empty(_notices);
    }

    [Fact]
    public async Task Given_a_fault_that_stays_when_patience_ends_then_the_last_error_says_what_was_tried()
    {
        RetryOptions options = new() { RetryFor = TimeSpan.FromSeconds(20) };
        SupSupException error = await Assert.ThrowsAsync<SupSupException>(
            () => RunAsync(options, failures: int.MaxValue, new SiloUnavailableException("gone\nin two lines")));
        Assert.Equal(SupSupError.Unavailable, error.Error);
        Assert.Matches(@"^ask failed \d+ times in [\d.]+ s \(SiloUnavailableException: gone\); check", error.Message);
        Assert.Null(error.InnerException);
        Assert.All(_notices, notice => Assert.InRange(notice.Delay, TimeSpan.Zero, options.LongestDelay));

        SupSupException own = new(SupSupError.Unavailable, "the store is full");
        Assert.Same(own, await Assert.ThrowsAsync<SupSupException>(() => RunAsync(options, failures: int.MaxValue, own)));
    }

    [Fact]
    public async Task Given_retrying_is_off_when_a_call_fails_then_it_is_made_once()
    {
        SupSupException error =
            await Assert.ThrowsAsync<SupSupException>(() => RunAsync(RetryOptions.Off, failures: 1, new TimeoutException("late")));
        Assert.Equal("ask failed (TimeoutException: late); check that the cluster is up, then try again", error.Message);
        Assert.Equal(1, _attempts);
    }

    [Fact]
    public async Task Given_a_call_that_is_lost_when_its_attempt_runs_out_then_it_is_made_again_and_given_twice_as_long()
    {
        Retrier retrier = Create(new RetryOptions { RetryFor = TimeSpan.FromDays(1) });
        Task<int> call = retrier.RunAsync(
            "ask",
            async token =>
            {
                if (++_attempts < 4) await Task.Delay(Timeout.Infinite, token);
                return _attempts;
            },
            Stop);
        Assert.Equal(4, await AdvanceAsync(call));
        Assert.Equal(
            ["no answer within 30 s", "no answer within 60 s", "no answer within 120 s"], _notices.Select(notice => notice.Error.Message));
    }

    [Fact]
    public async Task Given_a_caller_that_cancels_when_a_call_waits_or_is_to_be_repeated_then_it_ends_as_cancelled()
    {
        using CancellationTokenSource caller = new();
        Retrier retrier = Create(new RetryOptions());
        Task waiting = retrier.RunAsync("ask", token => Task.Delay(Timeout.Infinite, token), caller.Token);
        Task repeating = retrier.RunAsync("ask", _ => Task.FromException(new TimeoutException()), caller.Token);
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => repeating);
    }

    [Fact]
    public async Task Given_a_gateway_that_is_lost_when_a_call_waits_then_it_is_made_again_without_waiting_for_its_timeout()
    {
        Retrier retrier = Create(new RetryOptions { AttemptTimeout = Timeout.InfiniteTimeSpan });
        Task<int> call = retrier.RunAsync(
            "ask",
            async token =>
            {
                if (++_attempts == 1) await Task.Delay(Timeout.Infinite, token);
                return _attempts;
            },
            Stop);
        retrier.Interrupt();
        Assert.Equal(2, await AdvanceAsync(call));
        Assert.Equal("a connection to the cluster was lost", Assert.Single(_notices).Error.Message);
    }

    [Fact]
    public async Task Given_a_connection_that_is_closed_when_calls_wait_or_come_then_they_say_so()
    {
        Retrier retrier = Create(new RetryOptions());
        Task waiting = retrier.RunAsync("ask", token => Task.Delay(Timeout.Infinite, token), Stop);
        retrier.Close();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => retrier.RunAsync("ask", _ => Task.CompletedTask, Stop));
    }

    [Fact]
    public void Given_options_out_of_range_when_used_then_they_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>("RetryFor", () => Create(new RetryOptions { RetryFor = TimeSpan.FromSeconds(-1) }));
        Assert.Throws<ArgumentOutOfRangeException>("AttemptTimeout", () => Create(new RetryOptions { AttemptTimeout = TimeSpan.Zero }));
        Assert.Throws<ArgumentOutOfRangeException>("FirstDelay", () => Create(new RetryOptions { FirstDelay = TimeSpan.Zero }));
        Assert.Throws<ArgumentOutOfRangeException>(
            "LongestDelay", () => Create(new RetryOptions { LongestDelay = TimeSpan.FromMilliseconds(1) }));
    }

    private Retrier Create(RetryOptions options)
    {
        options.OnRetry = notice =>
        {
            lock (_notices) _notices.Add(notice);
        };
        return new Retrier(options, _time, new Random(1));
    }

    private async Task<int> RunAsync(RetryOptions options, int failures, Exception error) => await AdvanceAsync(Create(options).RunAsync(
        "ask", _ => ++_attempts <= failures ? Task.FromException<int>(error) : Task.FromResult(_attempts), Stop));

    // Time passes while the call waits; not faster than a call whose thread waits for a core can follow.
    private async Task<T> AdvanceAsync<T>(Task<T> call)
    {
        while (!call.IsCompleted)
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Delay(1, Stop);
        }

        return await call;
    }
}
