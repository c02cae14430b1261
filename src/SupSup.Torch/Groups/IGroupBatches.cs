using static TorchSharp.torch;

namespace SupSup.Torch.Groups;

/// <summary>The batches of a group: each task's own examples, in its own order.</summary>
internal interface IGroupBatches : IDisposable
{
    /// <summary>How many batches may be loaded at once.</summary>
    int Ahead { get; }

    /// <summary>Draws the next batches of every task. What was made of those before must be done with.</summary>
    /// <param name="batches">How many, up to <see cref="Ahead"/>.</param>
    void Load(int batches);

    /// <summary>Makes one of the loaded batches, as new tensors on the device: normalised inputs [tasks, rows, in] and int64 labels
    /// [tasks, rows, 1].</summary>
    /// <param name="batch">Which, from 0; each once, in order.</param>
    /// <exception cref="SupSup.Core.Datasets.DatasetException">An image is not there any more, or damaged.</exception>
    (Tensor Inputs, Tensor Labels) Make(int batch);
}
