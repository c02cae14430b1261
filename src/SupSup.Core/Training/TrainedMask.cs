using SupSup.Core.Inference;
using SupSup.Core.Masks;

namespace SupSup.Core.Training;

/// <summary>What training gives.</summary>
/// <param name="Mask">The mask.</param>
/// <param name="Loss">Mean cross-entropy over the last tenth of the batches, in nats; of a training that validates, that of the batch after
/// which the mask was taken.</param>
/// <param name="Duration">Time it took.</param>
/// <param name="UsualEvidence">See <see cref="Training.UsualEvidence"/>; null where its data are not there.</param>
public sealed record TrainedMask(TaskMask Mask, double Loss, TimeSpan Duration, EvidenceProfile? UsualEvidence = null)
{
    /// <summary>The scores at the end, where the job keeps them and the last mask is the one taken; else null.</summary>
    public IReadOnlyList<float[]>? Scores { get; init; }
}
