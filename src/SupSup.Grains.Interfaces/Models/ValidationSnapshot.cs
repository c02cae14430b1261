namespace SupSup.Grains.Interfaces.Models;

/// <summary>The best mask so far of a training that validates on examples that it holds back.</summary>
/// <param name="Bits">Its packed bits.</param>
/// <param name="Accuracy">Greatest so far: mean over the classes of the share of those examples that is right.</param>
/// <param name="Loss">Loss of the batch after which it was taken, in nats.</param>
/// <param name="Since">Validations since then, all clearly worse.</param>
/// <param name="Batches">After how many batches it was taken.</param>
[GenerateSerializer, Immutable, Alias("supsup.validation-snapshot")]
public sealed record ValidationSnapshot(
    [property: Id(0)] byte[] Bits, [property: Id(1)] double Accuracy, [property: Id(2)] float Loss, [property: Id(3)] int Since,
    [property: Id(4)] int Batches)
{
    /// <summary>Statistics of its normalised channels; empty where the network does not normalise.</summary>
    [Id(5)]
    public byte[] Statistics { get; init; } = [];
}
