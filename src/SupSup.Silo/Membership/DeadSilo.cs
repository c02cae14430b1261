using Microsoft.Extensions.Logging;
using SupSup.Silo.Health;

namespace SupSup.Silo.Membership;

/// <summary>
/// Ends a silo that the others have declared dead, with one line, where Orleans would abort the process. A silo that was declared dead
/// must run no more grains, and only the end of the process makes sure of that; whoever runs silos starts it again, under an address with
/// a new generation.
/// </summary>
/// <param name="proof">Through which the program ends.</param>
/// <param name="logger">Hears what Orleans says.</param>
internal sealed partial class DeadSilo(ClusterProof proof, ILogger<DeadSilo> logger) : IFatalErrorHandler
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public bool IsUnexpected(Exception exception) => true;

    /// <inheritdoc/>
    public void OnFatalException(object? sender, string? context, Exception? exception)
    {
        LogFatal(context, exception);
        string reason = exception is null
            ? "the cluster has declared this silo dead, as one that stands still, is cut off or is too slow to answer; start it again"
            : $"the silo cannot go on, start it again: {context}: {exception.Message}";
        proof.Lose(reason);

        // What called must not go on.
        Thread.Sleep(Limit);
        Environment.FailFast(reason, exception);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Orleans ends the silo: {Context}")]
    private partial void LogFatal(string? context, Exception? exception);
}
