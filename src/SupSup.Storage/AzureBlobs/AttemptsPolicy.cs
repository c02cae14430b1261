using Azure.Core;
using Azure.Core.Pipeline;

namespace SupSup.Storage.AzureBlobs;

/// <summary>Tells each call's <see cref="Attempts"/> what became of its requests. Stands within the retry policy.</summary>
internal sealed class AttemptsPolicy : HttpPipelinePolicy
{
    /// <inheritdoc/>
    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) =>
        throw new NotSupportedException("the provider makes no synchronous request");

    /// <inheritdoc/>
    public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        Attempts? attempts = message.TryGetProperty(Attempts.Key, out object? value) ? value as Attempts : null;
        attempts?.Add();
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
}
