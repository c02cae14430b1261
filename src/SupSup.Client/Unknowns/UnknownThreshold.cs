namespace SupSup.Client;

/// <summary>Below which lead an input counts as of no task that was learned. It goes by the tasks of its
/// time: calibrate again when many were learned since.</summary>
/// <param name="UpTo">The largest lead that counts as unknown, for
/// <see cref="Grains.Interfaces.Models.InferenceOptions.UnknownUpTo"/>.</param>
/// <param name="TargetRate">The false-alarm rate that was asked for.</param>
/// <param name="FalseAlarmRate">The share that counts as unknown of samples of known tasks that the threshold was not made from.</param>
public sealed record UnknownThreshold(double UpTo, double TargetRate, double FalseAlarmRate);
