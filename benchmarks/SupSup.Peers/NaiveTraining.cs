using SupSup.Core.Networks;
using SupSup.Core.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SupSup.Peers;

/// <summary>
/// Training a mask as a competent user of TorchSharp would write it: scores are parameters, the mask straight-through,
/// the gradient autograd's, the step torch.optim's. It is the method of the paper's own code, with the same initial
/// scores as <see cref="TrainingSession"/>, so that both have the same losses.
/// </summary>
public sealed class NaiveTraining : IDisposable
{
    private readonly Tensor[] _weights;
    private readonly Parameter[] _scores;
    private readonly optim.Optimizer _optimizer;

    /// <summary>Starts a task.</summary>
    /// <param name="network">The shared network.</param>
    /// <param name="optimizer">"adam" or "rmsprop".</param>
    /// <param name="learningRate">Learning rate of all layers' scores.</param>
    /// <param name="taskSeed">Seed of the initial scores.</param>
    /// <exception cref="ArgumentException">The optimizer is neither.</exception>
    public NaiveTraining(FixedNetwork network, string optimizer, double learningRate, ulong taskSeed)
    {
        ArgumentNullException.ThrowIfNull(network);
        _weights = PeerTensors.Weights(network);
        _scores = [.. network.Shape.Layers.Select((shape, l) =>
        {
            float[] initial = new float[shape.Count];
            InitialScores.Fill(shape, l, taskSeed, initial);
            return nn.Parameter(tensor(initial, [shape.Outputs, shape.Inputs]));
        })];
        _optimizer = optimizer switch
        {
            "adam" => optim.Adam(_scores, learningRate, beta1: 0.9, beta2: 0.999, eps: 1e-8),
            "rmsprop" => optim.RMSProp(_scores, learningRate, alpha: 0.99, eps: 1e-8),
            _ => throw new ArgumentException($"unknown optimizer '{optimizer}': use adam or rmsprop"),
        };
    }

    /// <summary>Trains on one batch.</summary>
    /// <param name="inputs">Normalised inputs, float [rows, in].</param>
    /// <param name="labels">Class of each row, int64 [rows].</param>
    /// <returns>Mean cross-entropy of the batch in nats, before the step.</returns>
    public float Step(Tensor inputs, Tensor labels)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor activations = inputs;
        for (int l = 0; l < _weights.Length; l++)
        {
            activations = nn.functional.linear(activations, _weights[l] * StraightThrough.apply(_scores[l]));
            if (l < _weights.Length - 1) activations = nn.functional.relu(activations);
        }

        Tensor loss = nn.functional.cross_entropy(activations, labels);
        _optimizer.zero_grad();
        loss.backward();
        _optimizer.step();
        return loss.item<float>();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _optimizer.Dispose();
        foreach (Parameter scores in _scores) scores.Dispose();
        foreach (Tensor weights in _weights) weights.Dispose();
    }
}
