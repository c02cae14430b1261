using SupSup.Core.Kernels;
using SupSup.Core.Networks;
using SupSup.Core.Teams;

namespace SupSup.Core.Convolutions;

/// <summary>
/// A convolution, or a linear layer, which is one over planes of one pixel. What is kept of its weights is few, so forward and back through
/// it only the kept ones are visited; the gradient of the weights is wanted for all, and is a dense product.
/// </summary>
internal sealed unsafe class Convolution : PlaneOperation, IDisposable
{
    // So few pixels of a tile of deltas stay in the first-level cache while all offsets of the input pass.
    private const int PixelsPerStrip = 128;
    private const int OutputsPerPart = 4;

    private readonly PlanStep.Convolve _step;
    private readonly PlaneTaps _forward;
    private readonly PlaneTaps[] _backward;
    private readonly float _scale;
    private AlignedFloats? _gradient;
    private readonly AlignedFloats?[] _sums = new AlignedFloats?[Environment.ProcessorCount];
    private int[] _offsets = [];

    public Convolution(PlaneValue input, PlaneValue output, PlanStep.Convolve step, float scale)
        : base(input, output)
    {
        (_step, _scale) = (step, scale);
        _forward = new PlaneTaps(step.Outputs);
        _backward = [.. Enumerable.Range(0, step.Stride * step.Stride).Select(_ => new PlaneTaps(step.Inputs))];
        input.Halo = Math.Max(input.Halo, Math.Max(step.Padding, step.Window - 1 - step.Padding));
        output.GradientHalo = Math.Max(step.Padding, step.Window - 1 - step.Padding);
    }

    /// <summary>dL/dW_eff, [outputs, fan-in].</summary>
    public Span<float> Gradient => _gradient!.Span;

    /// <summary>Takes W ⊙ M, [outputs, fan-in]; weights that are kept are all of the layer's size.</summary>
    /// <param name="effective">The weights.</param>
    /// <param name="goesBack">Whether gradients of the input will be asked for.</param>
    public void Set(ReadOnlySpan<float> effective, bool goesBack)
    {
        SetForward(_forward, _step, effective, Input.Data.Plane, Input.Data.Row, Planes.Lanes);
        if (!goesBack) return;
        (int window, int stride, int padding) = (_step.Window, _step.Stride, _step.Padding);
        int kept = effective.Length - effective.Count(0f);
        int[] planes = new int[kept], offsets = new int[kept];
        bool[] negative = new bool[kept];
        Planes back = Output.Gradient!;
        for (int parity = 0; parity < _backward.Length; parity++)
        {
            (int down, int right) = (parity / stride, parity % stride);
            int found = 0;
            for (int o = 0, n = 0; o < _step.Outputs; o++)
            {
                for (int c = 0; c < _step.Inputs; c++)
                {
                    for (int y = 0; y < window; y++)
                    {
                        for (int x = 0; x < window; x++, n++)
                        {
                            if (effective[n] == 0) continue;
                            (int rows, int columns) = (down + padding - y, right + padding - x);
                            if (rows % stride != 0 || columns % stride != 0) continue;
                            planes[found] = c;
                            offsets[found] = (o * back.Plane) + (rows / stride * back.Row) + (columns / stride * Planes.Lanes);
                            negative[found++] = effective[n] < 0;
                        }
                    }
                }
            }

            _backward[parity].Set(planes, offsets, negative, found);
        }
    }

    /// <summary>Lists the kept weights by where a pixel of the output finds them in the input.</summary>
    /// <param name="taps">Receives them.</param>
    /// <param name="step">The convolution.</param>
    /// <param name="effective">W ⊙ M, [outputs, fan-in].</param>
    /// <param name="plane">Floats from one plane of the input to the next.</param>
    /// <param name="row">Floats from one row to the next.</param>
    /// <param name="pixel">Floats from one pixel to the next.</param>
    public static void SetForward(
        PlaneTaps taps, PlanStep.Convolve step, ReadOnlySpan<float> effective, int plane, int row, int pixel)
    {
        int kept = effective.Length - effective.Count(0f);
        int[] planes = new int[kept], offsets = new int[kept];
        bool[] negative = new bool[kept];
        int[] of = Offsets(step, plane, row, pixel);
        int found = 0;
        for (int o = 0, n = 0; o < step.Outputs; o++)
        {
            for (int j = 0; j < of.Length; j++, n++)
            {
                if (effective[n] == 0) continue;
                (planes[found], offsets[found], negative[found]) = (o, of[j], effective[n] < 0);
                found++;
            }
        }

        taps.Set(planes, offsets, negative, found);
    }

    public override void Forward(PlaneBatch batch, ITeam team) => team.Run(batch.Blocks, block =>
    {
        (Planes from, Planes to) = (Input.Data, Output.Data);
        PlaneGrid grid = new(
            to.Shape.Rows, to.Shape.Columns, _step.Stride * from.Row, _step.Stride * Planes.Lanes, to.Row, Planes.Lanes, to.Plane);
        PlaneKernelChoice.Convolution.Correlate(grid, Corner(block), _forward, _scale, adds: false, to.At(block, 0));
    });

    public override void Backward(PlaneBatch batch, ITeam team)
    {
        _gradient ??= new AlignedFloats(_step.Weights.Count); // a network that only answers has none
        _offsets = OffsetsOfInput();
        int tiles = (_step.Outputs + OutputsPerPart - 1) / OutputsPerPart;
        int groups = Math.Min(tiles < 8 ? 4 : 1, _offsets.Length);
        team.Run(tiles * groups, part => DifferentiateWeights(batch, part / groups, part % groups, groups));
        if (Input.Gradient is not null) team.Run(batch.Blocks, DifferentiateInput);
    }

    public void Dispose()
    {
        _gradient?.Dispose();
        foreach (AlignedFloats? sums in _sums) sums?.Dispose();
    }

    // Where the windows of a block's first pixel begin.
    private float* Corner(int block) => Input.Data.At(block, 0) - ((nint)_step.Padding * (Input.Data.Row + Planes.Lanes));

    private int[] OffsetsOfInput() => Offsets(_step, Input.Data.Plane, Input.Data.Row, Planes.Lanes);

    private static int[] Offsets(PlanStep.Convolve step, int plane, int row, int pixel)
    {
        int[] offsets = new int[step.Weights.FanIn];
        for (int j = 0; j < offsets.Length; j++)
        {
            (int channel, int at) = Math.DivRem(j, step.Window * step.Window);
            offsets[j] = (channel * plane) + (at / step.Window * row) + (at % step.Window * pixel);
        }

        return offsets;
    }

    private void DifferentiateInput(int block)
    {
        (Planes from, Planes to, int stride) = (Output.Gradient!, Input.Gradient!, _step.Stride);
        for (int parity = 0; parity < _backward.Length; parity++)
        {
            (int down, int right) = (parity / stride, parity % stride);
            PlaneGrid grid = new(
                (to.Shape.Rows - down + stride - 1) / stride,
                (to.Shape.Columns - right + stride - 1) / stride,
                from.Row,
                Planes.Lanes,
                stride * to.Row,
                stride * Planes.Lanes,
                to.Plane);
            float* first = to.At(block, 0) + ((nint)down * to.Row) + (right * Planes.Lanes);
            PlaneKernelChoice.Convolution.Correlate(grid, from.At(block, 0), _backward[parity], _scale, AddsGradient, first);
        }
    }

    private void DifferentiateWeights(PlaneBatch batch, int tile, int group, int groups)
    {
        (Planes deltas, Planes input) = (Output.Gradient!, Input.Data);
        (int first, int last) = (_offsets.Length * group / groups, _offsets.Length * (group + 1) / groups);
        ReadOnlySpan<int> offsets = _offsets.AsSpan(first, last - first);
        int output = tile * OutputsPerPart, outputs = Math.Min(OutputsPerPart, _step.Outputs - output);
        AlignedFloats buffer = TakeSums(OutputsPerPart * _offsets.Length * Planes.Lanes);
        buffer.Span[..(outputs * offsets.Length * Planes.Lanes)].Clear();
        (int rows, int columns) = (deltas.Shape.Rows, deltas.Shape.Columns);
        int blocksAtOnce = Math.Max(1, PixelsPerStrip / (rows * columns)), rowsAtOnce = Math.Clamp(PixelsPerStrip / columns, 1, rows);
        for (int block = 0; block < batch.Blocks; block += blocksAtOnce)
        {
            int blocks = Math.Min(blocksAtOnce, batch.Blocks - block);
            for (int row = 0; row < rows; row += rowsAtOnce)
            {
                PlaneGrid grid = new(
                    Math.Min(rowsAtOnce, rows - row),
                    columns,
                    _step.Stride * input.Row,
                    _step.Stride * Planes.Lanes,
                    deltas.Row,
                    Planes.Lanes,
                    deltas.Plane);
                PlaneKernelChoice.Convolution.Outer(
                    grid,
                    blocks,
                    deltas.At(block, output) + ((nint)row * deltas.Row),
                    deltas.Block,
                    outputs,
                    Corner(block) + ((nint)row * grid.InRow),
                    input.Block,
                    offsets,
                    buffer.Start,
                    offsets.Length);
            }
        }

        for (int o = 0; o < outputs; o++)
        {
            float* sums = buffer.Start + ((nint)o * offsets.Length * Planes.Lanes);
            float* to = _gradient!.Start + ((nint)(output + o) * _offsets.Length) + first;
            PlaneKernelChoice.Convolution.SumPixels(sums, offsets.Length, to);
        }

        Return(buffer);
    }

    private AlignedFloats TakeSums(int floats)
    {
        for (int n = 0; n < _sums.Length; n++)
            if (Interlocked.Exchange(ref _sums[n], null) is { } free) return free;
        return new AlignedFloats(floats);
    }

    private void Return(AlignedFloats buffer)
    {
        for (int n = 0; n < _sums.Length; n++)
            if (Interlocked.CompareExchange(ref _sums[n], buffer, null) is null) return;
        buffer.Dispose();
    }
}
