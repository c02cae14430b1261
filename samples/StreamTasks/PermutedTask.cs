using SupSup.Grains.Interfaces.Models;

namespace StreamTasks;

/// <summary>A task: images with their pixels in another order, the same for every image of the task.</summary>
internal sealed class PermutedTask
{
    private const int BatchSize = 128;
    private readonly int _task;
    private readonly PixelNormalization _normalization;
    private readonly int[] _order;

    /// <summary>The task of an index; always the same one.</summary>
    public PermutedTask(int task, Images images, PixelNormalization normalization)
    {
        _task = task;
        _normalization = normalization;
        _order = [.. Enumerable.Range(0, images.Pixels)];
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
        byte[] pixels = new byte[rows.Length * _order.Length];
        for (int n = 0; n < pixels.Length; n++)
            pixels[n] = images.Values[(rows[n / _order.Length] * _order.Length) + _order[n % _order.Length]];
        return _normalization.Apply(pixels, rows.Length);
    }

    // Not HashCode.Combine, which differs from one run of the program to the next.
    private static int HashOf(int task, int number) => unchecked((task * 1_000_003) + number);
}
