namespace SupSup.Client;

/// <summary>A call failed and will be made again.</summary>
/// <param name="Call">What was called, such as "infer on model m".</param>
/// <param name="Failures">How often it has failed without anything coming forward in between.</param>
/// <param name="Delay">How long is waited before the next attempt.</param>
/// <param name="Error">The last failure.</param>
public sealed record RetryNotice(string Call, int Failures, TimeSpan Delay, Exception Error);
