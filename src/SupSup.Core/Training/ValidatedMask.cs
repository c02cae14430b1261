using SupSup.Core.Masks;

namespace SupSup.Core.Training;

/// <summary>The best mask so far of a training that validates, and how long ago it was. Of masks whose accuracies chance may have parted,
/// it is the one that was trained longest.</summary>
/// <param name="Bits">Its packed bits.</param>
/// <param name="Accuracy">Greatest accuracy so far: mean over the classes of the share of held-back examples that are right.</param>
/// <param name="Loss">Loss of the batch after which it was taken, in nats.</param>
/// <param name="Batches">After how many batches it was taken.</param>
/// <param name="Since">Validations since then, all clearly worse.</param>
public sealed record ValidatedMask(byte[] Bits, double Accuracy, float Loss, int Batches, int Since)
{
    /// <summary>Statistics of its channels; null where the plan does not normalise.</summary>
    public ChannelStatistics? Statistics { get; init; }
}
