using System.Collections.Immutable;
using SupSup.Core.Kernels;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Teams;

namespace SupSup.Core.Convolutions;

/// <summary>
/// A plan as operations over planes of a batch, with the buffers between them. A step that only does something to each value is done with
/// the normalisation or sum before it. Gradients share buffers: one is free again once what made its value has taken it.
/// </summary>
internal sealed unsafe class PlaneGraph : IDisposable
{
    private readonly List<PlaneOperation> _operations = [];
    private readonly HashSet<Planes> _buffers = [];
    private readonly PlaneBatch _batch = new();
    private readonly ITeam _team;
    private readonly PlaneValue _input;
    private readonly PlaneValue _output;
    private readonly Normalization? _measured;
    private readonly int _blocks;

    /// <summary>Lays a plan out.</summary>
    /// <param name="network">The network.</param>
    /// <param name="rows">Examples that it has room for.</param>
    /// <param name="trains">Whether it will go back, too.</param>
    /// <param name="team">Threads that share its work.</param>
    public PlaneGraph(FixedNetwork network, int rows, bool trains, ITeam team)
    {
        (_team, _blocks) = (team, (rows + Planes.Lanes - 1) / Planes.Lanes);
        _input = new PlaneValue(network.Plan.Input);
        int layer = 0;
        _output = Chain(network.Plan.Steps, _input, () => network.Scale(layer++));
        Convolutions = [.. _operations.OfType<Convolution>()];
        Normalizations = [.. _operations.OfType<Normalization>()];
        if (trains) TakeBuffers();
        else ShareBuffers();
        foreach (Normalization normalization in Normalizations) normalization.MeasuresBatch = trains;
        _measured = trains ? null : Normalizations.FirstOrDefault(static each => !each.IsOfBatch);
        if (_measured is not null) _measured.MeasuresDivergence = true;
    }

    /// <summary>The layers that are masked, in their order.</summary>
    public ImmutableArray<Convolution> Convolutions { get; }

    /// <summary>The normalisations, in their order.</summary>
    public ImmutableArray<Normalization> Normalizations { get; }

    /// <summary>Takes the statistics of a task.</summary>
    /// <param name="statistics">Those of all normalised channels; null where there are none.</param>
    public void Set(ChannelStatistics? statistics)
    {
        int first = 0;
        foreach (Normalization normalization in Normalizations.Where(each => !each.IsOfBatch))
        {
            normalization.Set(statistics!, first);
            first += normalization.Channels;
        }
    }

    /// <summary>Takes W ⊙ M of one layer.</summary>
    /// <param name="layer">Its index.</param>
    /// <param name="effective">[outputs, fan-in].</param>
    public void Set(int layer, ReadOnlySpan<float> effective) =>
        Convolutions[layer].Set(effective, goesBack: Convolutions[layer].Input.Gradient is not null);

    /// <summary>Runs forward.</summary>
    /// <param name="inputs">[rows, channels, rows, columns].</param>
    /// <param name="rows">Examples, at most as many as there is room for.</param>
    /// <param name="logits">Receives [rows, outputs].</param>
    public void Forward(ReadOnlySpan<float> inputs, int rows, Span<float> logits)
    {
        _batch.Rows = rows;
        Load(inputs);
        foreach (PlaneOperation operation in _operations) operation.Forward(_batch, _team);
        int outputs = _output.Shape.Channels;
        for (int row = 0; row < rows; row++)
            for (int n = 0; n < outputs; n++) logits[(row * outputs) + n] = _output.Data.At(row / Planes.Lanes, n)[row % Planes.Lanes];
    }

    /// <summary>How far an example of the last pass is from the task's, see <see cref="ChannelDivergence"/>, where channels are first
    /// normalised by the task's statistics; 0 where none are, and of a graph that trains.</summary>
    /// <param name="row">Which.</param>
    public double Divergence(int row) => _measured?.Divergence(row) ?? 0;

    /// <summary>Goes back from the gradients of the last logits, to those of all weights.</summary>
    /// <param name="gradients">[rows, outputs].</param>
    /// <param name="width">Floats from one row to the next.</param>
    public void Backward(ReadOnlySpan<float> gradients, int width)
    {
        Planes to = _output.Gradient!;
        for (int n = 0; n < _output.Shape.Channels; n++)
        {
            for (int row = 0; row < _batch.Blocks * Planes.Lanes; row++)
                to.At(row / Planes.Lanes, n)[row % Planes.Lanes] = row < _batch.Rows ? gradients[(row * width) + n] : 0;
        }

        for (int n = _operations.Count - 1; n >= 0; n--)
            if (_operations[n] is Convolution || _operations[n].Input.Gradient is not null) _operations[n].Backward(_batch, _team);
    }

    public void Dispose()
    {
        foreach (Planes buffer in _buffers) buffer.Dispose();
        foreach (Convolution convolution in Convolutions) convolution.Dispose();
    }

    private PlaneValue Chain(ImmutableArray<PlanStep> steps, PlaneValue value, Func<float> scale)
    {
        for (int n = 0; n < steps.Length; n++)
        {
            PlaneActivation next = n + 1 < steps.Length ? Activation(steps[n + 1]) : PlaneActivation.None;
            PlaneValue output = new(steps[n].After(value.Shape));
            PlaneOperation operation;
            switch (steps[n])
            {
                case PlanStep.Convolve convolve:
                    operation = new Convolution(value, output, convolve, scale());
                    break;
                case PlanStep.Linear linear:
                    operation = new Convolution(
                        value, output, new PlanStep.Convolve(linear.Weights.FanIn, linear.Weights.Outputs, 1, 1), scale());
                    break;
                case PlanStep.Normalize normalize:
                    operation = new Normalization(value, output, normalize, next);
                    if (next != PlaneActivation.None) n++;
                    break;
                case PlanStep.Residual residual:
                    PlaneValue body = Chain(residual.Body, value, scale), shortcut = Chain(residual.Shortcut, value, scale);
                    operation = new Addition(body, shortcut, output, next);
                    if (next != PlaneActivation.None) n++;
                    break;
                case PlanStep.MaxPool pool:
                    operation = new Pooling(value, output, pool);
                    break;
                case PlanStep.Average:
                    operation = new Averaging(value, output);
                    break;
                case PlanStep.Flatten:
                    operation = new Flattening(value, output);
                    break;
                default:
                    operation = new Addition(value, null, output, Activation(steps[n]));
                    break;
            }

            _operations.Add(operation);
            value = output;
        }

        return value;
    }

    /// <summary>What a step does to each value; none where it does something else.</summary>
    /// <param name="step">The step.</param>
    public static PlaneActivation Activation(PlanStep step) => step switch
    {
        PlanStep.Relu => PlaneActivation.Relu,
        PlanStep.Swish => PlaneActivation.Swish,
        _ => PlaneActivation.None,
    };

    private void Load(ReadOnlySpan<float> inputs)
    {
        (Planes to, int length) = (_input.Data, _input.Shape.Length);
        (int rows, int columns) = (_input.Shape.Rows, _input.Shape.Columns);
        for (int block = 0; block < _batch.Blocks; block++)
        {
            for (int lane = 0; lane < Planes.Lanes; lane++)
            {
                int row = (block * Planes.Lanes) + lane;
                ReadOnlySpan<float> example = row < _batch.Rows ? inputs.Slice(row * length, length) : default;
                for (int channel = 0; channel < _input.Shape.Channels; channel++)
                {
                    float* pixel = to.At(block, channel) + lane;
                    for (int y = 0; y < rows; y++, pixel += to.Row)
                    {
                        int at = ((channel * rows) + y) * columns;
                        for (int x = 0; x < columns; x++) pixel[x * Planes.Lanes] = example.IsEmpty ? 0 : example[at + x];
                    }
                }
            }
        }
    }

    private Planes Take(PlaneShape shape, int halo, List<Planes> free)
    {
        int found = free.FindIndex(planes => planes.Shape == shape && planes.Halo == halo);
        if (found >= 0)
        {
            Planes planes = free[found];
            free.RemoveAt(found);
            return planes;
        }

        Planes taken = new(shape, halo, _blocks);
        _buffers.Add(taken);
        return taken;
    }

    // Without a way back a buffer is free once its last reader has read it.
    private void ShareBuffers()
    {
        Dictionary<PlaneValue, int> lastUse = [];
        for (int n = 0; n < _operations.Count; n++)
        {
            lastUse[_operations[n].Input] = n;
            if (_operations[n].Beside is { } beside) lastUse[beside] = n;
        }

        List<Planes> free = [];
        _input.Data = Take(_input.Shape, _input.Halo, free);
        for (int n = 0; n < _operations.Count; n++)
        {
            PlaneValue output = _operations[n].Output;
            output.Data = Take(output.Shape, output.Halo, free);
            foreach (PlaneValue done in lastUse.Where(use => use.Value == n).Select(use => use.Key)) free.Add(done.Data);
        }
    }

    private void TakeBuffers()
    {
        List<Planes> free = [];
        _input.Data = Take(_input.Shape, _input.Halo, free);
        foreach (PlaneValue value in _operations.Select(operation => operation.Output)) value.Data = Take(value.Shape, value.Halo, free);

        // How many values each buffer is still the gradient of.
        Dictionary<Planes, int> uses = [];
        _output.Gradient = Take(_output.Shape, _output.GradientHalo, free);
        uses[_output.Gradient] = 1;
        for (int n = _operations.Count - 1; n >= 0; n--)
        {
            PlaneOperation operation = _operations[n];
            Planes above = operation.Output.Gradient!;
            if (operation.Beside is { } beside)
            {
                // One buffer is the gradient of the sum and of both its sides, unless others still want it; not of a side that what made
                // the other one reads, which would change what it goes back from.
                int halo = Math.Max(operation.Input.GradientHalo, beside.GradientHalo);
                Planes both = uses[above] == 1 && above.Halo >= halo ? above : New(operation.Input, halo);
                Give(operation.Input, both);
                operation.AddsBeside = beside.Gradient is not null;
                bool isRead = _operations.Exists(other => other.Output == operation.Input && other.Input == beside);
                if (beside != _input && beside.Gradient is null) Give(beside, isRead ? New(beside, beside.GradientHalo) : both);
            }
            else if (operation.Input != _input)
            {
                operation.AddsGradient = operation.Input.Gradient is not null;
                if (operation.Input.Gradient is null) Give(operation.Input, New(operation.Input, operation.Input.GradientHalo));
            }

            if (--uses[above] == 0) free.Add(above);
        }

        Planes New(PlaneValue value, int halo) => Take(value.Shape, halo, free);

        void Give(PlaneValue value, Planes gradient)
        {
            value.Gradient = gradient;
            uses[gradient] = uses.GetValueOrDefault(gradient) + 1;
        }
    }
}
