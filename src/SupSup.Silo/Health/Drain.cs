using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SupSup.Silo.Settings;

namespace SupSup.Silo.Health;

/// <summary>
/// Lets a silo that is being stopped serve on for a while after its readiness has dropped, since whoever routes to it
/// takes a moment to notice. Called before any service of the host is stopped.
/// </summary>
/// <param name="settings">How long.</param>
/// <param name="health">Whose readiness drops.</param>
/// <param name="logger">Hears of it.</param>
internal sealed partial class Drain(DrainSettings settings, SiloHealth health, ILogger<Drain> logger) : IHostedLifecycleService
{
    /// <inheritdoc/>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        health.Drain();
        if (settings.Seconds <= 0) return;
        LogDraining(settings.Seconds);
        await Task.Delay(TimeSpan.FromSeconds(settings.Seconds), cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(Level = LogLevel.Information, Message = "Stopping: not ready from now on, but serving for another {Seconds} s")]
    private partial void LogDraining(double seconds);
}
