using TorchSharp;
using static TorchSharp.torch;

namespace SupSup.Torch.Groups;

/// <summary>Chains of linear layers with ReLU between them, in batched products, the backward pass written out.</summary>
internal sealed class ChainPass : IGroupPass
{
    private readonly GroupLayer[] _layers;
    private readonly Tensor _minusOne;

    public ChainPass(GroupLayer[] layers, Device device) => (_layers, _minusOne) = (layers, tensor([-1f], [1, 1, 1], float32, device));

    public void Differentiate(Tensor inputs, Tensor labels, Tensor losses, Action<int, Tensor> take)
    {
        using Scalar zero = 0;
        Tensor[] activations = Forward(inputs);
        Tensor deltas = DifferentiateLogits(activations[^1], labels, losses);
        for (int l = _layers.Length - 1; l >= 0; l--)
        {
            // dL/dW_eff = δᵀ a.
            using Tensor gradients = deltas.transpose(1, 2).bmm(activations[l]);
            if (l > 0) deltas = deltas.bmm(_layers[l].Effective).mul_(activations[l].gt(zero));
            take(l, gradients);
        }
    }

    public float[] Statistics(int task) => [];

    public void Dispose() => _minusOne.Dispose();

    // Activation l is the input of layer l; the last are the logits.
    private Tensor[] Forward(Tensor inputs)
    {
        Tensor[] activations = new Tensor[_layers.Length + 1];
        activations[0] = inputs;
        for (int l = 0; l < _layers.Length; l++)
        {
            Tensor outputs = activations[l].bmm(_layers[l].Effective.transpose(1, 2));
            activations[l + 1] = l < _layers.Length - 1 ? outputs.relu_() : outputs;
        }

        return activations;
    }

    // d(mean loss)/d(logits) = (softmax - one-hot) / rows, [tasks, rows, outputs].
    private Tensor DifferentiateLogits(Tensor logits, Tensor labels, Tensor losses)
    {
        long rows = labels.shape[1];
        using Scalar share = 1f / rows;
        Tensor logarithms = logits.log_softmax(2);
        losses.copy_(logarithms.gather(2, labels).mean([1, 2]).neg_());
        return logarithms.exp_().scatter_add_(2, labels, _minusOne.expand(labels.shape)).mul_(share);
    }
}
