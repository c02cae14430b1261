using SupSup.Core.Networks;
using TorchSharp;

namespace SupSup.Core.Training;

/// <summary>What one layer keeps between training steps.</summary>
internal sealed class LayerBuffers : IDisposable
{
    private readonly LayerShape _shape;

    public LayerBuffers(LayerShape shape, int rows, int statePerScore)
    {
        _shape = shape;
        Scores = new float[shape.Count];
        OptimizerState = new float[shape.Count * statePerScore];
        Effective = new TensorBuffer(shape.Outputs, shape.Inputs);
        Gradients = new TensorBuffer(shape.Outputs, shape.Inputs);
        EffectiveTransposed = Effective.Tensor.t();
        Outputs = new TensorBuffer(rows, shape.Outputs);
        Deltas = new TensorBuffer(rows, shape.Outputs);
        DeltasTransposed = Deltas.Tensor.t();
    }

    /// <summary>Scores S, [out · in].</summary>
    public float[] Scores { get; }

    /// <summary>The optimiser's state.</summary>
    public float[] OptimizerState { get; }

    /// <summary>W ⊙ M(S), [out, in].</summary>
    public TensorBuffer Effective { get; }

    /// <summary>A view of <see cref="Effective"/>, [in, out].</summary>
    public torch.Tensor EffectiveTransposed { get; }

    /// <summary>dL/dW_eff, [out, in].</summary>
    public TensorBuffer Gradients { get; }

    /// <summary>Outputs after ReLU (logits in the last layer), [rows, out].</summary>
    public TensorBuffer Outputs { get; private set; }

    /// <summary>dL/d(outputs before ReLU), [rows, out].</summary>
    public TensorBuffer Deltas { get; private set; }

    /// <summary>A view of <see cref="Deltas"/>, [out, rows].</summary>
    public torch.Tensor DeltasTransposed { get; private set; }

    /// <summary>Changes the batch size.</summary>
    public void SetRows(int rows)
    {
        DisposeActivations();
        Outputs = new TensorBuffer(rows, _shape.Outputs);
        Deltas = new TensorBuffer(rows, _shape.Outputs);
        DeltasTransposed = Deltas.Tensor.t();
    }

    public void Dispose()
    {
        DisposeActivations();
        EffectiveTransposed.Dispose();
        Effective.Dispose();
        Gradients.Dispose();
    }

    private void DisposeActivations()
    {
        DeltasTransposed.Dispose();
        Deltas.Dispose();
        Outputs.Dispose();
    }
}
