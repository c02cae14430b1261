using System.Collections.Immutable;
using SupSup.Core.Kernels;
using SupSup.Core.Masks;
using SupSup.Core.Networks;

namespace SupSup.Core.Convolutions;

/// <summary>
/// A plan for one example under one mask. Where <see cref="PlaneGraph"/> has sixteen examples in a register, here it is sixteen
/// neighbouring pixels: a plane is walked as one run, from row to row through the halo. All is added up in the same order as there, so
/// that an example has the same logits alone and among others.
/// </summary>
internal sealed unsafe class PictureGraph : IDisposable
{
    private static readonly IPlaneKernels Wide = PlaneKernelChoice.Best;
    private static readonly IPlaneKernels Single = new PlaneKernels<Float32>();

    private readonly FixedNetwork _network;
    private readonly TaskMask _mask;
    private readonly List<PicturePlanes> _planes = [];
    private readonly List<PlaneTaps> _taps = [];
    private readonly List<Action> _prepare = [];
    private readonly List<Action> _run = [];
    private readonly PicturePlanes _input;
    private readonly PicturePlanes _output;
    private int _layers;
    private int _channels;

    /// <summary>Lays a network out.</summary>
    /// <param name="network">The network, which normalises by the statistics of tasks only.</param>
    /// <param name="mask">The mask.</param>
    /// <param name="effective">W ⊙ M of a layer, by its index.</param>
    public PictureGraph(FixedNetwork network, TaskMask mask, Func<int, float[]> effective)
    {
        (_network, _mask) = (network, mask);
        _input = New(network.Plan.Input);
        _output = Chain(network.Plan.Steps, _input, effective);
        foreach (PicturePlanes planes in _planes) planes.Allocate();
        foreach (Action prepare in _prepare) prepare();
    }

    /// <summary>Bytes of its planes and of the lists of kept weights.</summary>
    public long MemoryBytes => _planes.Sum(planes => planes.MemoryBytes) + _taps.Sum(taps => taps.MemoryBytes);

    /// <summary>How far the last example is from the task's, as <see cref="PlaneGraph.Divergence"/> has it.</summary>
    public double Divergence { get; private set; }

    /// <summary>Runs it.</summary>
    /// <param name="inputs">[channels, rows, columns].</param>
    /// <param name="logits">Receives [outputs].</param>
    public void Forward(ReadOnlySpan<float> inputs, Span<float> logits)
    {
        (int rows, int columns) = (_input.Shape.Rows, _input.Shape.Columns);
        for (int n = 0; n < _input.Shape.Channels * rows; n++)
            inputs.Slice(n * columns, columns).CopyTo(new Span<float>(_input.At(n / rows) + ((nint)(n % rows) * _input.Row), columns));
        foreach (Action step in _run) step();
        for (int n = 0; n < logits.Length; n++) logits[n] = *_output.At(n);
    }

    public void Dispose()
    {
        foreach (PicturePlanes planes in _planes) planes.Dispose();
    }

    private static void Each(PlaneShape shape, Action<IPlaneKernels, int, int> body)
    {
        int wide = shape.Columns / Planes.Lanes * Planes.Lanes;
        if (wide > 0) body(Wide, 0, wide);
        if (wide < shape.Columns) body(Single, wide, shape.Columns - wide);
    }

    private static void Add(PicturePlanes left, PicturePlanes? right, PicturePlanes to, PlaneActivation activation) =>
        Each(left.Shape, (kernels, from, count) =>
        {
            PlaneRun run = new(left.Shape.Rows, count, left.Row);
            for (int c = 0; c < left.Shape.Channels; c++)
            {
                float* beside = right is null ? null : right.At(c) + from;
                kernels.Add(run, left.At(c) + from, beside, right?.Row ?? 0, activation, to.At(c) + from, to.Row);
            }
        });

    private static void Pool(PicturePlanes from, PicturePlanes to, PlanStep.MaxPool step)
    {
        for (int c = 0; c < to.Shape.Channels; c++)
        {
            for (int row = 0; row < to.Shape.Rows; row++)
            {
                for (int column = 0; column < to.Shape.Columns; column++)
                {
                    (int top, int left) = ((row * step.Stride) - step.Padding, (column * step.Stride) - step.Padding);
                    float most = float.NegativeInfinity;
                    for (int y = Math.Max(0, top); y < Math.Min(from.Shape.Rows, top + step.Window); y++)
                        for (int x = Math.Max(0, left); x < Math.Min(from.Shape.Columns, left + step.Window); x++)
                            most = Math.Max(most, from.At(c)[(y * from.Row) + x]);
                    to.At(c)[(row * to.Row) + column] = most;
                }
            }
        }
    }

    private static void Average(PicturePlanes from, PicturePlanes to)
    {
        float share = 1f / from.Shape.Area;
        for (int c = 0; c < from.Shape.Channels; c++)
        {
            float sum = 0;
            for (int row = 0; row < from.Shape.Rows; row++)
                for (int column = 0; column < from.Shape.Columns; column++) sum += from.At(c)[(row * from.Row) + column];
            *to.At(c) = sum * share;
        }
    }

    private static void Flatten(PicturePlanes from, PicturePlanes to)
    {
        for (int n = 0; n < to.Shape.Channels; n++)
        {
            (int channel, int pixel) = Math.DivRem(n, from.Shape.Area);
            (int row, int column) = Math.DivRem(pixel, from.Shape.Columns);
            *to.At(n) = from.At(channel)[(row * from.Row) + column];
        }
    }

    private static void Copy(PicturePlanes from, PicturePlanes to, int stride)
    {
        for (int c = 0; c < to.Shape.Channels; c++)
            for (int row = 0; row < to.Shape.Rows; row++)
                for (int column = 0; column < to.Shape.Columns; column++)
                    to.At(c)[(row * to.Row) + column] = from.At(c)[(row * stride * from.Row) + (column * stride)];
    }

    private static double Diverge(PicturePlanes from, ChannelStatistics statistics)
    {
        Span<double> sums = stackalloc double[ChannelDivergence.Columns], squares = stackalloc double[ChannelDivergence.Columns];
        double total = 0;
        for (int c = 0; c < from.Shape.Channels; c++)
        {
            ChannelDivergence.Sum(from.At(c), from.Shape, from.Row, 1, sums, squares);
            (double mean, double variance) = ((double)statistics.Means[c], (double)statistics.Variances[c]);
            total += ChannelDivergence.Of(sums[0], squares[0], from.Shape.Area, mean, variance);
        }

        return total / from.Shape.Channels;
    }

    private PicturePlanes New(PlaneShape shape, PicturePlanes? rowsOf = null)
    {
        _planes.Add(new PicturePlanes(shape, rowsOf));
        return _planes[^1];
    }

    private PicturePlanes Chain(ImmutableArray<PlanStep> steps, PicturePlanes value, Func<int, float[]> effective)
    {
        for (int n = 0; n < steps.Length; n++)
        {
            PlaneActivation next = n + 1 < steps.Length ? PlaneGraph.Activation(steps[n + 1]) : PlaneActivation.None;
            (PicturePlanes input, PlaneShape after) = (value, steps[n].After(value.Shape));
            switch (steps[n])
            {
                case PlanStep.Convolve convolve:
                    value = Convolve(input, convolve, effective);
                    break;
                case PlanStep.Linear { Weights: var weights }:
                    value = Convolve(input, new PlanStep.Convolve(weights.FanIn, weights.Outputs, 1, 1), effective);
                    break;
                case PlanStep.Normalize:
                    value = Normalize(input, next);
                    if (next != PlaneActivation.None) n++;
                    break;
                case PlanStep.Residual residual:
                    PicturePlanes body = Chain(residual.Body, input, effective), shortcut = Chain(residual.Shortcut, input, effective);
                    PicturePlanes sum = value = New(after);
                    _run.Add(() => Add(body, shortcut, sum, next));
                    if (next != PlaneActivation.None) n++;
                    break;
                case PlanStep.MaxPool pool:
                    PicturePlanes pooled = value = New(after);
                    _run.Add(() => Pool(input, pooled, pool));
                    break;
                case PlanStep.Average:
                    PicturePlanes means = value = New(after);
                    _run.Add(() => Average(input, means));
                    break;
                case PlanStep.Flatten:
                    PicturePlanes vector = value = New(after);
                    _run.Add(() => Flatten(input, vector));
                    break;
                default:
                    PlaneActivation activation = PlaneGraph.Activation(steps[n]);
                    PicturePlanes activated = value = New(after);
                    _run.Add(() => Add(input, null, activated, activation));
                    break;
            }
        }

        return value;
    }

    private PicturePlanes Convolve(PicturePlanes input, PlanStep.Convolve step, Func<int, float[]> effective)
    {
        int layer = _layers++;
        float scale = _network.Scale(layer);
        if (step.Padding > 0 && !input.CanHaveHalo)
        {
            PicturePlanes bare = input, copied = input = New(input.Shape);
            _run.Add(() => Copy(bare, copied, 1));
        }

        // At every pixel, whatever the stride, and between rows too.
        input.Halo = Math.Max(input.Halo, step.Padding);
        PicturePlanes from = input, all = New((step with { Stride = 1 }).After(input.Shape), input);
        PlaneTaps taps = new(step.Outputs);
        _taps.Add(taps);
        _prepare.Add(() => Convolution.SetForward(taps, step, effective(layer), from.Plane, from.Row, 1));
        _run.Add(() =>
        {
            PlaneGrid grid = new(1, AlignedFloats.Whole(all.Places) / Planes.Lanes, 0, Planes.Lanes, 0, Planes.Lanes, all.Plane);
            float* corner = from.At(0) - ((nint)step.Padding * (from.Row + 1));
            PlaneKernelChoice.Convolution.Correlate(grid, corner, taps, scale, adds: false, all.At(0));
        });
        if (step.Stride == 1) return all;
        PicturePlanes some = New(step.After(input.Shape));
        _run.Add(() => Copy(all, some, step.Stride));
        return some;
    }

    private PicturePlanes Normalize(PicturePlanes input, PlaneActivation activation)
    {
        (PicturePlanes output, int first) = (New(input.Shape), _channels);
        _channels += input.Shape.Channels;
        ChannelStatistics statistics = _mask.Statistics!;
        float[] means = [.. statistics.Means.AsSpan(first, input.Shape.Channels).ToArray().Select(mean => (float)mean)];
        float[] inverses = [.. statistics.Variances.AsSpan(first, input.Shape.Channels).ToArray()
            .Select(variance => Normalization.Inverse((float)variance))];
        if (first == 0) _run.Add(() => Divergence = Diverge(input, statistics));
        _run.Add(() => Each(input.Shape, (kernels, from, count) =>
        {
            PlaneRun run = new(input.Shape.Rows, count, input.Row);
            for (int c = 0; c < means.Length; c++)
            {
                kernels.Normalize(
                    run, input.At(c) + from, means[c], inverses[c], activation, ushort.MaxValue, output.At(c) + from, output.Row);
            }
        }));
        return output;
    }
}
