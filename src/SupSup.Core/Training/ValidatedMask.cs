namespace SupSup.Core.Training;

/// <summary>The best mask so far of a training that validates, and how long ago it was.</summary>
/// <param name="Bits">Its packed bits.</param>
/// <param name="Accuracy">Mean over the classes of the share of held-back examples that it gets right.</param>
/// <param name="Loss">Loss of the batch after which it was taken, in nats.</param>
/// <param name="Since">Validations since then that were no better.</param>
public sealed record ValidatedMask(byte[] Bits, double Accuracy, float Loss, int Since);
