using System.Numerics.Tensors;
using SupSup.Core.Inference;
using SupSup.Core.Reservoirs;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Models;

namespace SupSup.Grains.Reservoirs;

/// <summary>Recovers the mask of a batch and classifies by it; on a thread of its own.</summary>
internal static class BatchRecovery
{
    /// <summary>Rows at most.</summary>
    public const int MostRows = 4096;

    /// <summary>Answers a batch.</summary>
    /// <param name="network">The model.</param>
    /// <param name="content">Its reservoir.</param>
    /// <param name="inputs">The batch.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    public static RecoveredBatch Run(
        ModelNetwork network, ReservoirContent content, InputBatch inputs, CancellationToken cancellationToken)
    {
        // A batch is normalised by itself, so it is cut into even ones, each large enough.
        (int rows, int width) = (inputs.Rows, network.Spec.Inputs);
        int parts = Math.Max(1, rows / GainSearch.EnoughRows), looked = Math.Min(rows, GainSearch.EnoughRows);
        using GainNetwork gains = new(network.Gains, Math.Max(looked, (rows + parts - 1) / parts));
        float[] some = new float[looked * width];
        for (int n = 0; n < looked; n++)
            inputs.Values.AsSpan((int)((long)n * rows / looked) * width, width).CopyTo(some.AsSpan(n * width));
        FoundGains found = new GainSearch(gains, content.Layers, content.Known).Find(some, looked, cancellationToken);
        int classes = network.Spec.ClassesOf(content.Masks.FirstOrDefault(mask => mask.Task == found.Task)?.Classes ?? 0);
        RecoveredBatch answer = new()
        {
            Task = found.Task,
            Steps = found.Steps,
            Classes = new int[rows],
            Entropies = new double[rows],
            Probabilities = new float[rows * classes],
        };
        gains.Set(found.Mask);
        for (int part = 0; part < parts; part++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            (int start, int end) = ((int)((long)rows * part / parts), (int)((long)rows * (part + 1) / parts));
            gains.Forward(inputs.Values.AsSpan(start * width, (end - start) * width), end - start);
            for (int row = start; row < end; row++) Read(gains.Logits(row - start), classes, row, answer);
        }

        return answer;
    }

    private static void Read(ReadOnlySpan<float> logits, int classes, int row, RecoveredBatch answer)
    {
        MaskPrediction read = MaskPrediction.Of(logits, classes);
        (answer.Classes[row], answer.Entropies[row]) = (read.Class, read.Entropy);
        Span<float> shares = answer.Probabilities.AsSpan(row * classes, classes);
        TensorPrimitives.Subtract(logits[..classes], TensorPrimitives.Max(logits[..classes]), shares);
        TensorPrimitives.SoftMax(shares, shares);
    }
}
