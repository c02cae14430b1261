using SupSup.Core.Tasks;

namespace SupSup.Experiments.Streams;

/// <summary>A batch of a stream, and what the harness alone knows of it.</summary>
/// <param name="Inputs">Normalised [rows, in].</param>
/// <param name="Labels">A class per row.</param>
/// <param name="TrueTask">The task that it is of.</param>
/// <param name="Examples">Which of the task's training examples.</param>
internal sealed record LabelledBatch(float[] Inputs, int[] Labels, int TrueTask, int[] Examples)
{
    /// <summary>Room for a batch of a task, which the next one takes again.</summary>
    public static LabelledBatch Empty(ClassificationTask task, int index, int rows) =>
        new(new float[rows * task.Inputs], new int[rows], index, new int[rows]);

    /// <summary>Makes it of a task's training examples.</summary>
    public static LabelledBatch Of(ClassificationTask task, int index, int[] examples)
    {
        LabelledBatch batch = Empty(task, index, examples.Length) with { Examples = examples };
        task.FillTrain(examples, batch.Inputs, batch.Labels);
        return batch;
    }
}
