using Azure.Core.Pipeline;

namespace SupSup.Storage.AzureBlobs;

/// <summary>What became of the HTTP requests that one call of the storage client made.</summary>
internal sealed class Attempts
{
    /// <summary>Under this key a pipeline message carries its attempts.</summary>
    public const string Key = "SupSup.Storage.Attempts";

    private int _count;

    /// <summary>Whether a request was repeated: then the service may have done what an earlier one asked.</summary>
    public bool Repeated => _count > 1;

    /// <summary>Why the last request to fail got no answer; null when none failed so.</summary>
    public Exception? LastFailure { get; set; }

    /// <summary>Counts one more request.</summary>
    public void Add() => _count++;

    /// <summary>Has the requests counted that are made until the result is disposed of.</summary>
    public IDisposable Watch() =>
        HttpPipeline.CreateHttpMessagePropertiesScope(new Dictionary<string, object?> { [Key] = this });
}
