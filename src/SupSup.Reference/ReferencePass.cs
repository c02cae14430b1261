namespace SupSup.Reference;

/// <summary>What one forward and backward pass of a <see cref="ReferenceNetwork"/> gave.</summary>
/// <param name="Loss">Mean cross-entropy in nats.</param>
/// <param name="Logits">[rows, s].</param>
/// <param name="Outputs">Of each leaf of the plan what it made of the batch, [rows, channels, rows of a plane, columns].</param>
/// <param name="OutputGradients">The loss differentiated by each of them.</param>
/// <param name="Gradients">The loss differentiated by W ⊙ M of each masked matrix, [out · fan-in].</param>
public sealed record ReferencePass(
    double Loss,
    float[] Logits,
    IReadOnlyList<float[]> Outputs,
    IReadOnlyList<float[]> OutputGradients,
    IReadOnlyList<float[]> Gradients);
