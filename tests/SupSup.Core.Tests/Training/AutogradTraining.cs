using SupSup.Core.Networks;
using SupSup.Core.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SupSup.Core.Tests.Training;

/// <summary>
/// Training by the textbook, all of it libtorch's: scores are parameters, the mask is straight-through by
/// M + S - S.detach(), the loss is cross_entropy, the gradient autograd's and the step torch.optim's.
/// </summary>
internal sealed class AutogradTraining : IDisposable
{
    private readonly Recipe _recipe;
    private readonly Tensor[] _weights;
    private readonly Parameter[] _scores;
    private readonly optim.Optimizer[] _optimizers;
    private int _done;

    public AutogradTraining(FixedNetwork network, Recipe recipe, ulong taskSeed)
    {
        _recipe = recipe;
        _weights = [.. network.Shape.Layers.Select((shape, l) => tensor(network.Weights(l).ToArray(), [shape.Outputs, shape.Inputs]))];
        _scores = [.. network.Shape.Layers.Select((shape, l) =>
        {
            float[] initial = new float[shape.Count];
            InitialScores.Fill(shape, l, taskSeed, initial);
            return nn.Parameter(tensor(initial, [shape.Outputs, shape.Inputs]));
        })];
        _optimizers = [.. _scores.Select(scores => Optimizer(recipe.Optimizer, scores))];
    }

    /// <summary>The scores of one layer, [out · in].</summary>
    public float[] Scores(int layer) => [.. _scores[layer].data<float>()];

    /// <summary>Trains on one batch and gives its loss before the step.</summary>
    public float Step(float[] inputs, int[] labels)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor activations = tensor(inputs, [labels.Length, inputs.Length / labels.Length]);
        for (int l = 0; l < _scores.Length; l++)
        {
            Tensor mask = _scores[l].ge(0).to(float32) + (_scores[l] - _scores[l].detach());
            activations = activations.mm((_weights[l] * mask).t());
            if (l < _scores.Length - 1)
                activations = nn.functional.relu(activations);
        }

        Tensor loss = nn.functional.cross_entropy(activations, tensor([.. labels.Select(label => (long)label)]));
        float value = loss.item<float>();
        foreach (optim.Optimizer optimizer in _optimizers)
            optimizer.zero_grad();
        loss.backward();
        double factor = _recipe.Schedule == "cosine" ? (1 + Math.Cos(Math.PI * _done / _recipe.Batches)) / 2 : 1;
        for (int l = 0; l < _optimizers.Length; l++)
        {
            double peak = l == 0 && _recipe.FirstLayerLearningRate is { } first ? first : _recipe.LearningRate;
            foreach (optim.ILearningRateController group in _optimizers[l].ParamGroups)
                group.LearningRate = peak * factor;
            _optimizers[l].step();
        }

        _done++;
        return value;
    }

    public void Dispose()
    {
        foreach (optim.Optimizer optimizer in _optimizers)
            optimizer.Dispose();
        foreach (Tensor tensor in _weights)
            tensor.Dispose();
        foreach (Parameter scores in _scores)
            scores.Dispose();
    }

    private static optim.Optimizer Optimizer(string name, Parameter scores) => name == "adam"
        ? optim.Adam([scores], beta1: 0.9, beta2: 0.999, eps: 1e-8)
        : optim.RMSProp([scores], alpha: 0.99, eps: 1e-8);
}
