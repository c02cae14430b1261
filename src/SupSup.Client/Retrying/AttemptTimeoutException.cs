namespace SupSup.Client;

/// <summary>An attempt took longer than it may.</summary>
/// <param name="timeout">How long it might take.</param>
internal sealed class AttemptTimeoutException(TimeSpan timeout) : TimeoutException($"no answer within {timeout.TotalSeconds:0.#} s");
