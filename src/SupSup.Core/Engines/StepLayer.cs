using SupSup.Core.Kernels;
using SupSup.Core.Networks;

namespace SupSup.Core.Engines;

/// <summary>
/// What one layer keeps between steps. Everything that belongs to a weight lies by input, rows [in, width], so that a
/// step can skip inputs that are at their background.
/// </summary>
internal sealed class StepLayer : IDisposable
{
    public StepLayer(LayerShape shape, AlignedFloats weights, int statePerScore, int rows)
    {
        Shape = shape;
        Width = AlignedFloats.Width(shape.Outputs);
        StatePerScore = statePerScore;
        Weights = weights;
        Scores = new AlignedFloats(shape.FanIn * Width);
        OptimizerState = new AlignedFloats(shape.FanIn * Width * statePerScore);
        Effective = new AlignedFloats(shape.FanIn * Width);
        EffectiveByOutput = new AlignedFloats(shape.Outputs * AlignedFloats.Width(shape.FanIn));
        SetRows(rows);
    }

    public LayerShape Shape { get; }

    /// <summary>Outputs, up to a multiple of 16.</summary>
    public int Width { get; }

    public int StatePerScore { get; }

    /// <summary>Fixed weights W; not owned.</summary>
    public AlignedFloats Weights { get; }

    /// <summary>Scores S.</summary>
    public AlignedFloats Scores { get; }

    /// <summary>The optimiser's state: for each part of the inputs, runs of one value per score.</summary>
    public AlignedFloats OptimizerState { get; }

    /// <summary>W ⊙ M(S).</summary>
    public AlignedFloats Effective { get; }

    /// <summary>The same by output, [out, width of in]; of the layers above the first.</summary>
    public AlignedFloats EffectiveByOutput { get; }

    /// <summary>Outputs before ReLU and after it, [rows, width].</summary>
    public AlignedFloats Outputs { get; private set; } = new(0);

    /// <summary>dL/d(outputs before ReLU), [rows, width].</summary>
    public AlignedFloats Deltas { get; private set; } = new(0);

    /// <summary>Changes the batch size.</summary>
    public void SetRows(int rows)
    {
        Outputs.Dispose();
        Deltas.Dispose();
        Outputs = new AlignedFloats(rows * Width);
        Deltas = new AlignedFloats(rows * Width);
    }

    /// <summary>
    /// The parts in which the inputs are updated. They depend on the layer alone, so sums over them are the same with any team.
    /// </summary>
    /// <param name="layer">This layer's index.</param>
    public IEnumerable<StepPart> Parts(int layer)
    {
        for (int from = 0; from < Shape.FanIn; from += StepPart.Largest)
            yield return new StepPart(layer, from, Math.Min(from + StepPart.Largest, Shape.FanIn));
    }

    /// <summary>The part's run of values that are kept per weight.</summary>
    /// <param name="values">[in, width].</param>
    /// <param name="part">A part of this layer.</param>
    public Span<float> Of(AlignedFloats values, StepPart part) => values.Span[(part.From * Width)..(part.To * Width)];

    /// <summary>The part's run of the optimiser's state.</summary>
    /// <param name="part">A part of this layer.</param>
    public Span<float> StateOf(StepPart part) =>
        OptimizerState.Span[(part.From * Width * StatePerScore)..(part.To * Width * StatePerScore)];

    /// <summary>Takes scores, or one run of the optimiser's state, in the order of a checkpoint, [out · in].</summary>
    /// <param name="byOutput">[out · in].</param>
    /// <param name="run">Which run of the state, or null for the scores.</param>
    public void Set(ReadOnlySpan<float> byOutput, int? run = null)
    {
        for (int i = 0; i < Shape.FanIn; i++)
        {
            Span<float> row = Row(i, run);
            for (int j = 0; j < Shape.Outputs; j++) row[j] = byOutput[(j * Shape.FanIn) + i];
        }
    }

    /// <summary>Gives scores, or one run of the optimiser's state, in the order of a checkpoint, [out · in].</summary>
    /// <param name="run">Which run of the state, or null for the scores.</param>
    public float[] Get(int? run = null) => ByOutput(input => Row(input, run));

    /// <summary>Gives the effective weights in the order of a checkpoint, [out · in].</summary>
    public float[] GetEffective() => ByOutput(input => Effective.Span.Slice(input * Width, Width));

    public void Dispose()
    {
        Scores.Dispose();
        OptimizerState.Dispose();
        Effective.Dispose();
        EffectiveByOutput.Dispose();
        Outputs.Dispose();
        Deltas.Dispose();
    }

    private float[] ByOutput(Func<int, Span<float>> row)
    {
        float[] byOutput = new float[Shape.Count];
        for (int i = 0; i < Shape.FanIn; i++)
        {
            ReadOnlySpan<float> values = row(i);
            for (int j = 0; j < Shape.Outputs; j++) byOutput[(j * Shape.FanIn) + i] = values[j];
        }

        return byOutput;
    }

    private Span<float> Row(int input, int? run)
    {
        if (run is null) return Scores.Span.Slice(input * Width, Width);
        int from = input / StepPart.Largest * StepPart.Largest;
        int inputs = Math.Min(StepPart.Largest, Shape.FanIn - from);
        return OptimizerState.Span.Slice((((from * StatePerScore) + (run.Value * inputs) + input - from) * Width), Width);
    }
}
