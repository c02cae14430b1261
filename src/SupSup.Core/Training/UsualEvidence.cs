using SupSup.Core.Engines;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Tasks;

namespace SupSup.Core.Training;

/// <summary>
/// What a mask usually makes of the data it was trained on: how <see cref="Evidence"/> is spread over them. Masks differ in it, since a
/// task whose classes are easily told apart gets larger logits, and task inference allows for that.
/// </summary>
public static class UsualEvidence
{
    /// <summary>Measures it on training data of a task, evenly spread over them.</summary>
    /// <param name="network">The shared network.</param>
    /// <param name="mask">The task's mask.</param>
    /// <param name="task">The task.</param>
    /// <param name="unseen">Evidence of examples that the mask was not trained on, see <see cref="EvidenceProfile.Of"/>; null for
    /// none.</param>
    public static EvidenceProfile Of(FixedNetwork network, TaskMask mask, ClassificationTask task, double[]? unseen = null)
    {
        ArgumentNullException.ThrowIfNull(task);
        int count = Math.Min(Evidence.Examples, task.TrainCount);
        int[] examples = [.. Enumerable.Range(0, count).Select(n => (int)((long)n * task.TrainCount / count))];
        using IMaskedNetwork masked = NetworkEngines.Open(network, mask);
        return EvidenceProfile.Of(
            [.. ExampleChunk.Of(task, examples).SelectMany(chunk => chunk.Read(masked, task.Classes))], unseen ?? []);
    }

    /// <summary>Measures it on rows.</summary>
    /// <param name="network">The shared network.</param>
    /// <param name="mask">The task's mask.</param>
    /// <param name="inputs">Normalised inputs [rows, in], one row at least.</param>
    /// <param name="classes">Number of real classes.</param>
    public static EvidenceProfile Of(FixedNetwork network, TaskMask mask, ReadOnlySpan<float> inputs, int classes)
    {
        ArgumentNullException.ThrowIfNull(network);
        using IMaskedNetwork masked = NetworkEngines.Open(network, mask);
        return EvidenceProfile.Of(masked.Predict(inputs, inputs.Length / network.Plan.Inputs, classes), []);
    }
}
