namespace SupSup.Core.Networks;

/// <summary>A network under the mask of one task, ready to run. Thread-safe.</summary>
public interface IMaskedNetwork : IDisposable
{
    /// <summary>Runs the network.</summary>
    /// <param name="inputs">Normalised inputs [rows, in].</param>
    /// <param name="rows">Number of examples.</param>
    /// <returns>Logits [rows, s].</returns>
    /// <exception cref="ArgumentException">The inputs are not so many rows.</exception>
    float[] Logits(ReadOnlySpan<float> inputs, int rows);

    /// <summary>Runs the network and reads class and entropy off its logits.</summary>
    /// <param name="inputs">Normalised inputs [rows, in].</param>
    /// <param name="rows">Number of examples.</param>
    /// <param name="classes">Number of real classes.</param>
    /// <returns>Per row the largest of the real-class logits, and the entropy of softmax over all outputs, in nats.</returns>
    /// <exception cref="ArgumentException">The inputs are not so many rows.</exception>
    (int[] Classes, double[] Entropies) Predict(ReadOnlySpan<float> inputs, int rows, int classes);
}
