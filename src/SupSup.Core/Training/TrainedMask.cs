using SupSup.Core.Masks;

namespace SupSup.Core.Training;

/// <summary>What training gives.</summary>
/// <param name="Mask">The mask.</param>
/// <param name="Loss">Mean cross-entropy over the last tenth of the batches, in nats.</param>
/// <param name="Duration">Time it took.</param>
/// <param name="UsualEvidence">See <see cref="Training.UsualEvidence"/>; null where its data are not there.</param>
public sealed record TrainedMask(TaskMask Mask, double Loss, TimeSpan Duration, double? UsualEvidence = null);
