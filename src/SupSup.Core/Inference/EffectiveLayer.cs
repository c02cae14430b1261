using SupSup.Core.Kernels;
using SupSup.Core.Networks;

namespace SupSup.Core.Inference;

/// <summary>One layer's definite weights in the layouts of the kernels.</summary>
internal sealed unsafe class EffectiveLayer : IDisposable
{
    private readonly LayerShape _shape;

    public EffectiveLayer(LayerShape shape, bool carriesGradients)
    {
        _shape = shape;
        Width = AlignedFloats.Width(shape.Outputs);
        ByInput = new AlignedFloats(shape.FanIn * Width);
        ByOutput = new AlignedFloats(carriesGradients ? shape.Outputs * AlignedFloats.Width(shape.FanIn) : 0);
        Sum = new AlignedFloats(Width);
    }

    public LayerShape Shape => _shape;

    /// <summary>Outputs up to a multiple of 16.</summary>
    public int Width { get; }

    /// <summary>Rows [in, width].</summary>
    public AlignedFloats ByInput { get; }

    /// <summary>Rows [out, width of in]; empty in the first layer.</summary>
    public AlignedFloats ByOutput { get; }

    /// <summary>Σ over the inputs, [width]: what a background of 1 gives.</summary>
    public AlignedFloats Sum { get; }

    public long MemoryBytes => sizeof(float) * ((long)ByInput.Length + ByOutput.Length + Sum.Length);

    /// <summary>Takes the weights.</summary>
    /// <param name="weights">[out · in].</param>
    public void Set(ReadOnlySpan<float> weights)
    {
        fixed (float* source = weights)
        {
            StepKernelChoice.Best.Transpose(source, _shape.Outputs, _shape.FanIn, _shape.FanIn, ByInput.Start, Width);
        }

        StepKernelChoice.Best.SumRows(ByInput.Start, _shape.FanIn, Width, Sum.Start);
        int width = AlignedFloats.Width(_shape.FanIn);
        for (int j = 0; ByOutput.Length > 0 && j < _shape.Outputs; j++)
            weights.Slice(j * _shape.FanIn, _shape.FanIn).CopyTo(ByOutput.Span[(j * width)..]);
    }

    public void Dispose()
    {
        ByInput.Dispose();
        ByOutput.Dispose();
        Sum.Dispose();
    }
}
