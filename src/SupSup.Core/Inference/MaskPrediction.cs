using System.Numerics.Tensors;

namespace SupSup.Core.Inference;

/// <summary>What a mask says of one image.</summary>
/// <param name="Class">The largest of the real-class logits; superfluous outputs are no classes.</param>
/// <param name="Entropy">Entropy of softmax over all outputs, in nats.</param>
/// <param name="Evidence">What speaks for the image being of the mask's task, see <see cref="Inference.Evidence"/>.</param>
public readonly record struct MaskPrediction(int Class, double Entropy, double Evidence)
{
    /// <summary>What was taken off the evidence of the logits, see <see cref="Inference.Evidence.Against"/>.</summary>
    public double Against { get; init; }

    /// <summary>Reads them off logits.</summary>
    /// <param name="logits">Logits [outputs].</param>
    /// <param name="classes">Number of real classes.</param>
    public static MaskPrediction Of(ReadOnlySpan<float> logits, int classes)
    {
        SoftmaxSums sums = SoftmaxSums.Of(logits, classes);
        return new(TensorPrimitives.IndexOfMax(logits[..classes]), sums.Entropy, Inference.Evidence.Of(sums, logits, classes));
    }

    /// <summary>Reads those of several pictures off their logits and channels.</summary>
    /// <param name="logits">Logits [rows, outputs].</param>
    /// <param name="divergences">How far each picture is from the mask's own data [rows], see <see cref="Evidence.Against"/>.</param>
    /// <param name="classes">Number of real classes.</param>
    /// <returns>[rows].</returns>
    public static MaskPrediction[] OfRows(ReadOnlySpan<float> logits, ReadOnlySpan<double> divergences, int classes)
    {
        MaskPrediction[] predictions = OfRows(logits, divergences.Length, classes);
        for (int row = 0; row < predictions.Length; row++)
        {
            double against = Inference.Evidence.Against(divergences[row]);
            predictions[row] = predictions[row] with { Evidence = predictions[row].Evidence - against, Against = against };
        }

        return predictions;
    }

    /// <summary>Reads those of several images off their logits.</summary>
    /// <param name="logits">Logits [rows, outputs].</param>
    /// <param name="rows">Number of images.</param>
    /// <param name="classes">Number of real classes.</param>
    /// <returns>[rows].</returns>
    public static MaskPrediction[] OfRows(ReadOnlySpan<float> logits, int rows, int classes)
    {
        int outputs = logits.Length / rows;
        MaskPrediction[] predictions = new MaskPrediction[rows];
        for (int row = 0; row < rows; row++) predictions[row] = Of(logits.Slice(row * outputs, outputs), classes);
        return predictions;
    }
}
