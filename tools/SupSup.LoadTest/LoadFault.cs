namespace SupSup.LoadTest;

/// <summary>A fault that was injected.</summary>
/// <param name="What">Such as "silo 1 killed".</param>
/// <param name="At">Seconds since the run began.</param>
/// <param name="RecoverySeconds">The longest time without an answer from then on; null where that was not measured.</param>
internal sealed record LoadFault(string What, double At, double? RecoverySeconds);
