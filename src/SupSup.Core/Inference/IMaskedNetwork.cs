namespace SupSup.Core.Inference;

/// <summary>A network under the mask of one task, ready to run. Thread-safe.</summary>
public interface IMaskedNetwork : IDisposable
{
    /// <summary>Runs the network.</summary>
    /// <param name="inputs">Normalised inputs [rows, in].</param>
    /// <param name="rows">Number of examples.</param>
    /// <returns>Logits [rows, s].</returns>
    /// <exception cref="ArgumentException">The inputs are not so many rows.</exception>
    float[] Logits(ReadOnlySpan<float> inputs, int rows);

    /// <summary>Runs the network and reads off its logits what it says.</summary>
    /// <param name="inputs">Normalised inputs [rows, in].</param>
    /// <param name="rows">Number of examples.</param>
    /// <param name="classes">Number of real classes.</param>
    /// <returns>[rows].</returns>
    /// <exception cref="ArgumentException">The inputs are not so many rows.</exception>
    MaskPrediction[] Predict(ReadOnlySpan<float> inputs, int rows, int classes);

    /// <summary>Gives back memory that only runs of many examples need, while nothing runs.</summary>
    /// <returns>Bytes that it still holds.</returns>
    long Trim();
}
