using System.Collections.Frozen;
using Microsoft.Extensions.Logging;
using SupSup.Shared;

namespace SupSup.Silo.Security;

/// <summary>The keys that are accepted.</summary>
internal sealed partial class ApiKeys
{
    private readonly WatchedFile<FrozenDictionary<string, ApiKey>> _byHash;
    private readonly TimeProvider _time;

    /// <summary>Reads the keys.</summary>
    /// <param name="file">The file of keys.</param>
    /// <param name="time">The clock, for keys that expire.</param>
    /// <param name="logger">Hears of a file that cannot be read any more.</param>
    /// <exception cref="FormatException">It is not a keys file.</exception>
    public ApiKeys(string file, TimeProvider time, ILogger<ApiKeys> logger)
    {
        _time = time;
        _byHash = new(file, content => ApiKeyFile.Parse(content).Keys.ToFrozenDictionary(key => key.Hash, StringComparer.Ordinal), time,
            e => LogUnreadable(logger, file, e.Message));
    }

    /// <summary>The key that a caller showed, or null. Found by its hash, so how long it takes tells nothing of the keys.</summary>
    public ApiKey? Find(string secret) =>
        _byHash.Current.TryGetValue(ApiKey.HashOf(secret), out ApiKey? key) && !(key.Expires <= _time.GetUtcNow()) ? key : null;

    [LoggerMessage(Level = LogLevel.Error, Message = "The API keys in {File} cannot be read; those read before stay valid: {Reason}")]
    private static partial void LogUnreadable(ILogger logger, string file, string reason);
}
