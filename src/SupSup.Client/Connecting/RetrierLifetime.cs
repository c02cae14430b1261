using Microsoft.Extensions.Hosting;

namespace SupSup.Client;

/// <summary>Ends what is being repeated when the application's host stops, before the connection goes.</summary>
/// <param name="retrier">What repeats.</param>
internal sealed class RetrierLifetime(Retrier retrier) : IHostedService
{
    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        retrier.Close();
        return Task.CompletedTask;
    }
}
