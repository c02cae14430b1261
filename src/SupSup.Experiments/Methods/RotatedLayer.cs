using SupSup.Core.Networks;
using SupSup.Core.Kernels;

namespace SupSup.Experiments.Methods;

/// <summary>What one layer W O keeps while a task is learned: weights, the task's rotation, and what a batch leaves.</summary>
internal sealed unsafe class RotatedLayer : IDisposable
{
    /// <summary>Allocates.</summary>
    /// <param name="shape">Layer sizes.</param>
    /// <param name="weights">W by input, [in, width]; copied.</param>
    /// <param name="rotation">Oᵀ, [in, width of in]; owned from here on.</param>
    /// <param name="first">Whether it is the first layer, whose inputs need no gradient.</param>
    /// <param name="statePerWeight">Values of optimiser state per weight.</param>
    /// <param name="rows">Batch size.</param>
    public RotatedLayer(LayerShape shape, float[] weights, AlignedFloats rotation, bool first, int statePerWeight, int rows)
    {
        (Inputs, Outputs) = (shape.Inputs, shape.Outputs);
        (InputWidth, Width) = (AlignedFloats.Width(Inputs), AlignedFloats.Width(Outputs));
        StatePerWeight = statePerWeight;
        Weights = new AlignedFloats(Inputs * Width);
        weights.CopyTo(Weights.Span);
        WeightsByOutput = new AlignedFloats(first ? 0 : Outputs * InputWidth);
        State = new AlignedFloats(Inputs * Width * statePerWeight);
        Rotation = rotation;
        Inverse = new AlignedFloats(first ? 0 : Inputs * InputWidth);
        if (!first) StepKernelChoice.Best.Transpose(rotation.Start, Inputs, InputWidth, Inputs, Inverse.Start, InputWidth);
        Rotated = new AlignedFloats(rows * InputWidth);
        RotatedDeltas = new AlignedFloats(first ? 0 : rows * InputWidth);
        Activations = new AlignedFloats(rows * Width);
        Deltas = new AlignedFloats(rows * Width);
    }

    public int Inputs { get; }

    public int Outputs { get; }

    /// <summary>Inputs, up to a multiple of 16.</summary>
    public int InputWidth { get; }

    /// <summary>Outputs, up to a multiple of 16.</summary>
    public int Width { get; }

    public int StatePerWeight { get; }

    /// <summary>W by input, [in, width].</summary>
    public AlignedFloats Weights { get; }

    /// <summary>W by output, [out, input width]; of the layers above the first.</summary>
    public AlignedFloats WeightsByOutput { get; }

    /// <summary>The optimiser's state, part after part.</summary>
    public AlignedFloats State { get; }

    /// <summary>Oᵀ, which rows are multiplied by to rotate them.</summary>
    public AlignedFloats Rotation { get; }

    /// <summary>O, which takes gradients back; of the layers above the first.</summary>
    public AlignedFloats Inverse { get; }

    /// <summary>O x, [rows, input width].</summary>
    public AlignedFloats Rotated { get; }

    /// <summary>dL/d(O x), [rows, input width]; of the layers above the first.</summary>
    public AlignedFloats RotatedDeltas { get; }

    /// <summary>Outputs before ReLU and after it, [rows, width].</summary>
    public AlignedFloats Activations { get; }

    /// <summary>dL/d(outputs before ReLU), [rows, width].</summary>
    public AlignedFloats Deltas { get; }

    public void Dispose()
    {
        foreach (AlignedFloats values in (AlignedFloats[])[Weights, WeightsByOutput, State, Rotation, Inverse, Rotated, RotatedDeltas, Activations, Deltas]) values.Dispose();
    }
}
