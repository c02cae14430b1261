using SupSup.Core.Tasks;

namespace SupSup.Experiments.Streams;

/// <summary>A batch of a stream, and what the harness alone knows of it.</summary>
/// <param name="Inputs">Normalised [rows, in].</param>
/// <param name="Labels">A class per row.</param>
/// <param name="TrueTask">The task that it is of.</param>
/// <param name="Examples">Which of the task's training examples.</param>
internal sealed record LabelledBatch(float[] Inputs, int[] Labels, int TrueTask, int[] Examples)
{
    /// <summary>Makes it of a task's training examples.</summary>
    public static LabelledBatch Of(ClassificationTask task, int index, int[] examples)
    {
        float[] inputs = new float[examples.Length * task.Inputs];
        int[] labels = new int[examples.Length];
        task.FillTrain(examples, inputs, labels);
        return new LabelledBatch(inputs, labels, index, examples);
    }
}
