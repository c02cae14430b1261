using static TorchSharp.torch;

namespace SupSup.Torch.Groups;

/// <summary>Forward and backward of a group of tasks, each on a batch of its own. Every tensor is on the device.</summary>
internal interface IGroupPass : IDisposable
{
    /// <summary>Differentiates each task's mean cross-entropy. Layers come in any order, each once; what is asked for a layer may be
    /// updated before the next is asked for.</summary>
    /// <param name="inputs">Normalised inputs [tasks, rows, in].</param>
    /// <param name="labels">Classes, int64 [tasks, rows, 1].</param>
    /// <param name="losses">Receives each task's mean cross-entropy in nats, [tasks].</param>
    /// <returns>Layers with dL/dW_eff, [tasks, out, fan-in].</returns>
    IEnumerable<(int Layer, Tensor Gradients)> Differentiate(Tensor inputs, Tensor labels, Tensor losses);

    /// <summary>Copies one task's running means of all normalised channels, and after them the variances; empty where the plan does not
    /// normalise.</summary>
    /// <param name="task">Its place in the group.</param>
    float[] Statistics(int task);
}
