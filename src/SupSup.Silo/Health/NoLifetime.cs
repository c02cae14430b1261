using Microsoft.Extensions.Hosting;

namespace SupSup.Silo.Health;

/// <summary>The lifetime of a server that lives as long as the host around it; that host is the one to hear of signals.</summary>
internal sealed class NoLifetime : IHostLifetime
{
    /// <inheritdoc/>
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
