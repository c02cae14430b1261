namespace SupSup.Silo.Http;

/// <summary>
/// Repeats calls of the REST and gRPC interfaces that are rejected because a silo is lost, until others have taken over, as the client
/// library does for its callers. Every call may be repeated. Calls of grains are left alone: these know what to do meanwhile. So are those
/// that Orleans makes of a silo's own parts, such as the grain directory: to a silo that is lost they would be rejected each time, and who
/// waits for a grain that was being looked up there would wait as long.
/// </summary>
/// <param name="time">Limits how long.</param>
internal sealed class LostCallFilter(TimeProvider time) : IOutgoingGrainCallFilter
{
    // A silo that dies is declared dead within some 12 s, and one that is being restarted is back.
    private static readonly TimeSpan PatienceFor = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMilliseconds(500);

    /// <inheritdoc/>
    public Task Invoke(IOutgoingGrainCallContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.SourceContext is null && !context.TargetId.IsSystemTarget() ? RepeatAsync(context) : context.Invoke();
    }

    private async Task RepeatAsync(IOutgoingGrainCallContext context)
    {
        CancellationToken gone = Enumerable.Range(0, context.Request.GetArgumentCount()).Select(context.Request.GetArgument)
            .OfType<CancellationToken>().FirstOrDefault();
        long start = time.GetTimestamp();
        for (TimeSpan delay = FirstDelay; ; delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay)
        {
            try
            {
                await context.Invoke();
                return;
            }
            catch (OrleansMessageRejectionException) when (time.GetElapsedTime(start) < PatienceFor && !gone.IsCancellationRequested)
            {
            }

            await Task.Delay(delay, time, gone);
        }
    }
}
