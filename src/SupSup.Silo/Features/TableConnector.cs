using System.Diagnostics;
using Azure;
using Azure.Data.Tables;
using Azure.Identity;
using Microsoft.Extensions.Logging;
using SupSup.Silo.Settings;

namespace SupSup.Silo.Features;

/// <summary>Reaches the table service before the silo needs it: it may be started together with the silo.</summary>
/// <param name="client">The service.</param>
/// <param name="table">The table, which is made where there is none.</param>
/// <param name="settings">How long to try.</param>
/// <param name="logger">Hears of a service that does not answer yet.</param>
internal sealed partial class TableConnector(
    TableServiceClient client, string table, MembershipSettings settings, ILogger<TableConnector> logger)
    : ILifecycleParticipant<ISiloLifecycle>
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>The service that settings name. A request is not repeated for longer than peers wait for one another.</summary>
    /// <param name="settings">The settings, which are valid.</param>
    public static TableServiceClient Client(MembershipSettings settings)
    {
        TableClientOptions options = new() { Retry = { MaxRetries = 2, NetworkTimeout = TimeSpan.FromSeconds(5) } };
        return settings.ConnectionString is { } connection
            ? new TableServiceClient(connection, options)
            : new TableServiceClient(new Uri(settings.ServiceUri!), new DefaultAzureCredential(), options);
    }

    /// <inheritdoc/>
    public void Participate(ISiloLifecycle observer) =>
        observer.Subscribe(nameof(TableConnector), ServiceLifecycleStage.First, ConnectAsync);

    private async Task ConnectAsync(CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                await client.CreateTableIfNotExistsAsync(table, cancellationToken);
                return;
            }
            catch (Exception e) when (e is RequestFailedException or AuthenticationFailedException or AggregateException)
            {
                string reason = (e is AggregateException all ? all.InnerExceptions[0] : e).Message.Split('\n', 2)[0].Trim();
                string where = $"table {table} at {client.Uri.GetLeftPart(UriPartial.Path).TrimEnd('/')}";
                bool isRefused = e is RequestFailedException { Status: 401 or 403 } or AuthenticationFailedException;
                if (isRefused && e is not CredentialUnavailableException) // an identity may come some seconds after the pod
                    throw new IOException(
                        $"{where} refused the silo: {reason}; check Membership:ConnectionString, or the roles of its identity", e);
                if (Stopwatch.GetElapsedTime(start).TotalSeconds >= settings.StartSeconds)
                    throw new IOException(
                        $"{where} could not be reached within {settings.StartSeconds} s: {reason}; check Membership:ConnectionString or "
                            + "Membership:ServiceUri, and whether it runs", e);
                LogWaiting(where, reason);
            }

            await Task.Delay(Pause, cancellationToken);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Table} cannot be reached yet: {Reason}")]
    private partial void LogWaiting(string table, string reason);
}
