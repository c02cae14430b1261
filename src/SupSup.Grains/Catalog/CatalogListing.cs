using Microsoft.Extensions.Logging;

namespace SupSup.Grains.Catalog;

/// <summary>
/// Enters a model or a stream in the catalogue, once in each activation that it serves. What the catalogue's store cannot take
/// is logged and costs nothing else: the entry is made when it is asked for again, in this activation or a later one. Used in
/// grain turns only.
/// </summary>
/// <param name="what">What is entered, for the log.</param>
/// <param name="enter">Calls the catalogue.</param>
/// <param name="time">Times the wait.</param>
/// <param name="logger">Hears of failures.</param>
internal sealed partial class CatalogListing(string what, Func<Task> enter, TimeProvider time, ILogger logger)
{
    /// <summary>How long <see cref="EnterAsync"/> waits: more than a write takes, and little for a caller to
    /// wait on a store that does not answer.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private Task? _entering;

    /// <summary>Enters it in the background, unless that was done or is under way. Never throws.</summary>
    public void Begin() => _entering ??= TryAsync();

    /// <summary>Enters it again when it is asked to: it was taken out.</summary>
    public void Reset() => _entering = null;

    /// <summary>Enters it and waits for that, but not for long, and not for it to succeed.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task EnterAsync(CancellationToken cancellationToken)
    {
        Begin();
        try
        {
            await _entering!.WaitAsync(Patience, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            LogSlow(what);
        }
    }

    private async Task TryAsync()
    {
        // Otherwise an immediate failure would come before this is recorded as the attempt under way.
        await Task.Yield();
        try
        {
            await enter();
        }
#pragma warning disable CA1031 // Whatever it was, what is to be listed exists all the same.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _entering = null;
            LogFailed(e, what);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "{What} could not be added to the catalogue; it is missing from lists until it is opened again")]
    private partial void LogFailed(Exception exception, string what);

    [LoggerMessage(
        Level = LogLevel.Warning, Message = "{What} is not in the catalogue yet, since the store is slow; it is added in the background")]
    private partial void LogSlow(string what);
}
