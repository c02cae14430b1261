using SupSup.Grains.Interfaces.Models;

namespace StreamTasks;

/// <summary>A task: MNIST with its pixels in another order, the same for every image of the task.</summary>
internal sealed class PermutedTask
{
    private const int BatchSize = 128;
    private readonly int _task;
    private readonly int[] _order = [.. Enumerable.Range(0, Images.Pixels)];

    /// <summary>The task of an index; always the same one.</summary>
    public PermutedTask(int task)
    {
        _task = task;
        new Random(task).Shuffle(_order);
    }

    /// <summary>
    /// The task's batches from a number on. A number always stands for the same batch, so that a client that was stopped
    /// can go on with any of them.
    /// </summary>
    public async IAsyncEnumerable<LabelledBatch> BatchesAsync(Images images, int start, int end)
    {
        for (int number = start; number < end; number++)
        {
            await Task.Yield(); // where an application waits for its data
            Random random = new(HashOf(_task, number));
            int[] rows = [.. Enumerable.Range(0, BatchSize).Select(_ => random.Next(images.Labels.Length))];
            yield return new LabelledBatch { Inputs = Inputs(images, rows), Labels = [.. rows.Select(row => (int)images.Labels[row])] };
        }
    }

    /// <summary>Images as the network sees them: normalised, pixels in the task's order.</summary>
    public InputBatch Inputs(Images images, int[] rows)
    {
        const float Mean = 0.1307f, Deviation = 0.3081f;
        float[] values = new float[rows.Length * Images.Pixels];
        for (int n = 0; n < rows.Length; n++)
            for (int pixel = 0; pixel < Images.Pixels; pixel++)
                values[(n * Images.Pixels) + pixel] =
                    ((images.Values[(rows[n] * Images.Pixels) + _order[pixel]] / 255f) - Mean) / Deviation;
        return new InputBatch { Rows = rows.Length, Values = values };
    }

    // Not HashCode.Combine, which differs from one run of the program to the next.
    private static int HashOf(int task, int number) => unchecked((task * 1_000_003) + number);
}
