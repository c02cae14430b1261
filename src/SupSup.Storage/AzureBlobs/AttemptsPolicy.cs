using Azure.Core;
using Azure.Core.Pipeline;

namespace SupSup.Storage.AzureBlobs;

/// <summary>Tells each call's <see cref="Attempts"/> what became of its requests. Stands within the retry policy.</summary>
internal sealed class AttemptsPolicy : HttpPipelinePolicy
{
    /// <inheritdoc/>
    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        Attempts? attempts = Begin(message);
        try
        {
            ProcessNext(message, pipeline);
        }
        catch (Exception e) when (attempts is not null)
        {
            attempts.LastFailure = e;
            throw;
        }
    }

    /// <inheritdoc/>
    public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        Attempts? attempts = Begin(message);
        try
        {
            await ProcessNextAsync(message, pipeline);
        }
        catch (Exception e) when (attempts is not null)
        {
            // A request that was cut off because the operation's time is over says nothing about the service.
            if (!message.CancellationToken.IsCancellationRequested) attempts.LastFailure = e;
            throw;
        }
    }

    private static Attempts? Begin(HttpMessage message)
    {
        if (!message.TryGetProperty(Attempts.Key, out object? value) || value is not Attempts attempts) return null;
        attempts.Add();
        return attempts;
    }
}
