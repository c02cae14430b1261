using System.Runtime.InteropServices;
using SupSup.Core.Networks;
using SupSup.Experiments.Files;

namespace SupSup.Experiments.Learners;

/// <summary>
/// The running mean of the scores that tasks ended with, from which the next one starts (the paper's "Transfer"). The sum is kept in
/// a file of the run, so that a run goes on to the same masks; beside it the sum before, for a task whose mask was not kept yet.
/// </summary>
internal sealed class TransferredScores(RunFolder folder, FixedNetwork network)
{
    /// <summary>The mean over the tasks before one; null for the first task, which starts as without transfer.</summary>
    /// <param name="task">The task.</param>
    /// <exception cref="IOException">The scores of the tasks before are not there.</exception>
    public IReadOnlyList<float[]>? Mean(int task) =>
        task == 0 ? null : [.. Sum(task).Select(layer => Array.ConvertAll(layer, score => score / task))];

    /// <summary>Takes in the scores of a task.</summary>
    /// <param name="task">The task, whose predecessors were taken in.</param>
    /// <param name="scores">Its scores at the end.</param>
    public void Add(int task, IReadOnlyList<float[]> scores)
    {
        float[][] sum = task == 0 ? [.. scores.Select(layer => new float[layer.Length])] : Sum(task);
        for (int l = 0; l < sum.Length; l++)
            for (int n = 0; n < sum[l].Length; n++) sum[l][n] += scores[l][n];
        AtomicFile.Write(Path(task + 1), temporary =>
        {
            using FileStream stream = File.Create(temporary);
            foreach (float[] layer in sum) stream.Write(MemoryMarshal.AsBytes<float>(layer));
        });
        File.Delete(Path(task - 1));
    }

    private string Path(int tasks) => folder.File($"state/scores-{tasks:D5}.bin");

    private float[][] Sum(int tasks)
    {
        if (!File.Exists(Path(tasks)))
            throw new IOException($"{Path(tasks)} is missing, from which task {tasks} starts; delete the run's folder to begin anew");
        float[][] sum = [.. network.Shape.Layers.Select(layer => new float[layer.Count])];
        using FileStream stream = File.OpenRead(Path(tasks));
        foreach (float[] layer in sum) stream.ReadExactly(MemoryMarshal.AsBytes(layer.AsSpan()));
        return sum;
    }
}
