using Azure.Core;
using Azure.Core.Pipeline;
using SupSup.Storage.AzureBlobs;

namespace SupSup.Storage.Tests.AzureBlobs;

/// <summary>
/// Stands between the storage client's retries and the network, and does what a test says before and after each request
/// of one method. Nothing is done before it is armed.
/// </summary>
public sealed class RequestHook : HttpPipelinePolicy
{
    private RequestMethod? _method;
    private Func<int, HttpMessage, ValueTask>? _before;
    private Func<int, HttpMessage, ValueTask>? _after;

    /// <summary>How many requests of the method were made.</summary>
    public int Requests { get; private set; }

    public void Install(BlobGrainStorageOptions options) =>
        options.ConfigureClient = client => client.AddPolicy(this, HttpPipelinePosition.PerRetry);

    /// <summary>Has something done at each request; the number counts from 1.</summary>
    public void Arm(
        RequestMethod method,
        Func<int, HttpMessage, ValueTask>? before = null,
        Func<int, HttpMessage, ValueTask>? after = null)
    {
        (_method, _before, _after) = (method, before, after);
        Requests = 0;
    }

    /// <summary>The service does as it is asked, but the answers to the first requests never arrive.</summary>
    /// <param name="method">Of which method.</param>
    /// <param name="times">How many answers.</param>
    /// <param name="then">What happens after the first was lost.</param>
    public void LoseAnswers(RequestMethod method, int times = 1, Func<ValueTask>? then = null) => Arm(
        method,
        after: async (request, _) =>
        {
            if (request > times) return;
            if (request == 1 && then is not null) await then();
            throw new IOException("the answer was lost");
        });

    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) =>
        throw new NotSupportedException("the provider makes no synchronous request");

    public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        bool mine = _method == message.Request.Method;
        int request = mine ? ++Requests : 0;
        if (mine && _before is not null) await _before(request, message);
        await ProcessNextAsync(message, pipeline);
        if (mine && _after is not null) await _after(request, message);
    }
}
