using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SupSup.Silo.Settings;

namespace SupSup.Silo.Http;

/// <summary>
/// Waits for the requests under way before the silo is stopped. Added after the silo: services stop in the reverse of the
/// order in which they are added.
/// </summary>
/// <param name="gate">Knows them.</param>
/// <param name="settings">For how long.</param>
/// <param name="logger">Hears of those that were cut off.</param>
internal sealed partial class RequestDrain(ServingGate gate, DrainSettings settings, ILogger<RequestDrain> logger) : IHostedService
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        gate.Close();
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(settings.StopSeconds / 2)); // the other half is the grains'
        while (gate.UnderWay > 0 && !patience.IsCancellationRequested)
            await Task.Delay(Pause, patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (gate.UnderWay is > 0 and var left) LogCutOff(left);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Requests} requests were not answered in time and are aborted")]
    private partial void LogCutOff(int requests);
}
