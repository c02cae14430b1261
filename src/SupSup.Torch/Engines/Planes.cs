using SupSup.Core.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace SupSup.Torch.Engines;

/// <summary>Examples as planes.</summary>
public static class Planes
{
    /// <summary>
    /// Rows as planes [rows, channels, rows of a plane, columns], which lie in memory with the channels side by side: what follows keeps
    /// that layout, and on a processor a training step of convolutions takes a fifth less time in it.
    /// </summary>
    /// <param name="rows">[rows, values of an example].</param>
    /// <param name="shape">What an example is.</param>
    public static Tensor Of(Tensor rows, PlaneShape shape) => Of(rows, shape, 1);

    /// <summary>
    /// The rows of several tasks as planes [rows of a task, tasks · channels, rows of a plane, columns], in that layout; but on a GPU plane
    /// by plane where there are several tasks, which is what cuDNN's kernels of grouped convolutions take (not measured).
    /// </summary>
    /// <param name="rows">[tasks · rows of a task, values of an example].</param>
    /// <param name="shape">What an example is.</param>
    /// <param name="tasks">How many tasks.</param>
    internal static Tensor Of(Tensor rows, PlaneShape shape, int tasks)
    {
        ArgumentNullException.ThrowIfNull(rows);
        Tensor planes = rows.view(tasks, -1, shape.Channels, shape.Rows, shape.Columns);
        if (tasks > 1 && rows.device_type == DeviceType.CUDA) return planes.transpose(0, 1).flatten(1, 2);
        return planes.permute(1, 3, 4, 0, 2).contiguous().flatten(3).permute(0, 3, 1, 2);
    }
}
