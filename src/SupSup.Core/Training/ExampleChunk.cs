using SupSup.Core.Inference;
using SupSup.Core.Tasks;

namespace SupSup.Core.Training;

/// <summary>Some training examples of a task as they are: as many as fit well into memory at once.</summary>
/// <param name="Inputs">Normalised inputs [examples, in].</param>
/// <param name="Labels">The class of each.</param>
internal sealed record ExampleChunk(float[] Inputs, int[] Labels)
{
    private const int MostInputs = 1 << 24;

    /// <summary>Makes examples, a chunk whenever one is asked for.</summary>
    /// <param name="task">The task.</param>
    /// <param name="examples">Which of its training examples.</param>
    public static IEnumerable<ExampleChunk> Of(ClassificationTask task, int[] examples)
    {
        foreach (int[] some in examples.Chunk(Math.Max(1, MostInputs / task.Inputs)))
        {
            ExampleChunk chunk = new(new float[some.Length * task.Inputs], new int[some.Length]);
            task.FillTrain(some, chunk.Inputs, chunk.Labels);
            yield return chunk;
        }
    }

    /// <summary>What a mask reads in them.</summary>
    /// <param name="masked">The mask's network.</param>
    /// <param name="classes">Number of real classes.</param>
    public MaskPrediction[] Read(IMaskedNetwork masked, int classes) => masked.Predict(Inputs, Labels.Length, classes);
}
