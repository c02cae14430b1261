using static TorchSharp.torch;

namespace SupSup.Torch.Groups;

/// <summary>Forward and backward of a group of tasks, each on a batch of its own. Every tensor is on the device.</summary>
internal interface IGroupPass : IDisposable
{
    /// <summary>Differentiates each task's mean cross-entropy.</summary>
    /// <param name="inputs">Normalised inputs [tasks, rows, in].</param>
    /// <param name="labels">Classes, int64 [tasks, rows, 1].</param>
    /// <param name="losses">Receives each task's mean cross-entropy in nats, [tasks].</param>
    /// <param name="take">Receives each layer once, in any order, with dL/dW_eff, [tasks, out, fan-in]; it may update the layer.</param>
    void Differentiate(Tensor inputs, Tensor labels, Tensor losses, Action<int, Tensor> take);

    /// <summary>Copies one task's running means of all normalised channels, and after them the variances; empty where the plan does not
    /// normalise.</summary>
    /// <param name="task">Its place in the group.</param>
    float[] Statistics(int task);
}
