using System.Numerics.Tensors;
using System.Runtime.Intrinsics;
using SupSup.Core.Inference;
using SupSup.Core.Kernels;
using SupSup.Core.Networks;

namespace SupSup.Core.Banks;

/// <summary>
/// Runs masks of a bank on images. For a few images straight from the packed bits: no effective weights are made, and only the
/// columns of inputs that are not at the background are read. A mask that is asked about more is unpacked first, and the images go through
/// its layers together, after which an image takes a fraction of the time and comes out the same to the last bit. Not thread-safe: it
/// reuses its buffers.
/// </summary>
public sealed unsafe class MaskRunner : IDisposable
{
    /// <summary>From how many images on it pays to unpack their mask.</summary>
    public const int UnpackFrom = 8;

    // Images that go through the layers together: what they need stays in the second-level cache.
    private const int Together = 32;

    private static readonly IStepKernels Kernels = StepKernelChoice.Best;

    private readonly FixedNetwork _network;
    private readonly AlignedFloats[] _outputs;
    private readonly AlignedFloats _sums;
    private readonly AlignedFloats _placed;
    private readonly SparseRows _entries;
    private readonly float[] _backgrounds = new float[Together];
    private AlignedFloats[] _unpacked = [];
    private (BankSnapshot? Bank, int Lane) _unpackedMask;

    /// <summary>Prepares buffers.</summary>
    /// <param name="network">The network of the masks.</param>
    public MaskRunner(FixedNetwork network)
    {
        ArgumentNullException.ThrowIfNull(network);
        _network = network;
        _outputs = [.. network.Shape.Layers.Select(layer => new AlignedFloats(Together * AlignedFloats.Width(layer.Outputs)))];
        _sums = new AlignedFloats(Width(0));
        _placed = new AlignedFloats(network.Shape.Layers.Max(layer => AlignedFloats.Width(layer.Outputs)));
        _entries = new SparseRows(Together, network.Shape.Layers.Max(layer => layer.FanIn));
    }

    /// <summary>The logits of one mask for one image.</summary>
    /// <param name="bank">The bank.</param>
    /// <param name="slot">The mask's slot.</param>
    /// <param name="input">The image, normalised, [in].</param>
    /// <returns>[s]; valid until the next call.</returns>
    /// <exception cref="ArgumentException">The slot is empty, the bank is of another network, or the image has another size.</exception>
    public ReadOnlySpan<float> Logits(BankSnapshot bank, int slot, ReadOnlySpan<float> input)
    {
        int lane = Check(bank, slot);
        if (input.Length != _network.Plan.Inputs)
            throw new ArgumentException($"{input.Length} values; an image has {_network.Plan.Inputs}");
        First(bank, lane, input, null, [0]);
        Rest(bank, lane, 1);
        return _outputs[^1].Span[.._network.Plan.Outputs];
    }

    /// <summary>Scores one mask exactly on one image, and runs it.</summary>
    /// <inheritdoc cref="Run(BankSnapshot, int, RankOneFactors, ReadOnlySpan{int}, LayerSelection, int, Span{MaskRun})"/>
    public MaskRun Run(BankSnapshot bank, int slot, RankOneFactors factors, int row, LayerSelection layers, int classes)
    {
        MaskRun run = default;
        Run(bank, slot, factors, [row], layers, classes, new Span<MaskRun>(ref run));
        return run;
    }

    /// <summary>Scores one mask exactly on some images, and runs it on them.</summary>
    /// <param name="bank">The bank.</param>
    /// <param name="slot">The mask's slot.</param>
    /// <param name="factors">The images' factors; the first layer's inputs are the images.</param>
    /// <param name="rows">Which images.</param>
    /// <param name="layers">Which layers' terms make the score.</param>
    /// <param name="classes">Number of real classes.</param>
    /// <param name="runs">Receives a run for each of the rows.</param>
    /// <exception cref="ArgumentException">The slot is empty, the factors lack a layer, or the bank or the
    /// factors are of another network.</exception>
    public void Run(
        BankSnapshot bank, int slot, RankOneFactors factors, ReadOnlySpan<int> rows, LayerSelection layers, int classes, Span<MaskRun> runs)
    {
        int lane = Check(bank, slot);
        Run(bank, lane, factors.Activations[0], factors, factors.Scored(_network, layers), rows, classes, runs);
    }

    /// <summary>Runs one mask on some images.</summary>
    /// <param name="bank">The bank.</param>
    /// <param name="slot">The mask's slot.</param>
    /// <param name="inputs">Images, normalised, [number, in].</param>
    /// <param name="rows">Which of them.</param>
    /// <param name="classes">Number of real classes.</param>
    /// <param name="runs">Receives a run for each of the rows, without a score.</param>
    /// <exception cref="ArgumentException">The slot is empty, or the bank is of another network.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such image.</exception>
    public void Run(BankSnapshot bank, int slot, ReadOnlySpan<float> inputs, ReadOnlySpan<int> rows, int classes, Span<MaskRun> runs) =>
        Run(bank, Check(bank, slot), inputs, null, 0, rows, classes, runs);

    /// <summary>Forgets the mask that was unpacked, and with it the bank.</summary>
    public void Forget() => _unpackedMask = default;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (AlignedFloats floats in _outputs) floats.Dispose();
        foreach (AlignedFloats floats in _unpacked) floats.Dispose();
        _sums.Dispose();
        _placed.Dispose();
        _entries.Dispose();
    }

    private void Run(BankSnapshot bank, int lane, ReadOnlySpan<float> inputs, RankOneFactors? factors, int scored, ReadOnlySpan<int> rows,
        int classes, Span<MaskRun> runs)
    {
        if (rows.Length >= UnpackFrom) Unpack(bank, lane);
        Span<double> scores = stackalloc double[Together];
        for (int from = 0; from < rows.Length; from += Together)
        {
            ReadOnlySpan<int> some = rows.Slice(from, Math.Min(Together, rows.Length - from));
            First(bank, lane, inputs, factors, some);
            scores.Fill(factors is null ? double.NaN : 0);
            for (int l = 0; l < scored; l++)
            {
                // What the layers above the first give the superposition's activations is overwritten by what they give the image's.
                if (l > 0) Product(bank, lane, l, factors!, some);
                for (int n = 0; n < some.Length; n++)
                    scores[n] -= Dot(factors!.Delta(l, some[n]), _outputs[l].Span.Slice(n * Width(l), Width(l)));
            }

            Rest(bank, lane, some.Length);
            for (int n = 0; n < some.Length; n++)
            {
                (int predicted, double entropy, double evidence) =
                    MaskPrediction.Of(_outputs[^1].Span.Slice(n * Width(_outputs.Length - 1), _network.Plan.Outputs), classes);
                runs[from + n] = new MaskRun(scores[n], predicted, entropy, evidence);
            }
        }
    }

    private int Width(int layer) => AlignedFloats.Width(_network.Shape.Layers[layer].Outputs);

    private int Check(BankSnapshot bank, int slot)
    {
        if (bank.Network.Hash != _network.Hash)
            throw new ArgumentException($"the bank is of another network ({bank.Network.Plan}) than the runner ({_network.Plan})");
        return bank.Lane(slot);
    }

    // Products of floats are exact in double. Eight sums in a fixed order, whatever the registers.
    private static double Dot(ReadOnlySpan<float> delta, ReadOnlySpan<float> product)
    {
        (Vector256<double> lower, Vector256<double> upper) = (Vector256<double>.Zero, Vector256<double>.Zero);
        int j = 0;
        for (; j <= delta.Length - 8; j += 8)
        {
            (Vector256<double> left, Vector256<double> leftUpper) = Vector256.Widen(Vector256.Create(delta[j..]));
            (Vector256<double> right, Vector256<double> rightUpper) = Vector256.Widen(Vector256.Create(product[j..]));
            (lower, upper) = (lower + (left * right), upper + (leftUpper * rightUpper));
        }

        double sum = Vector256.Sum(lower + upper);
        for (; j < delta.Length; j++) sum += (double)delta[j] * product[j];
        return sum;
    }

    // (W ⊙ M) input = background · Σ_i (W ⊙ M)_i + Σ_i (input_i - background) (W ⊙ M)_i, the first from row sums.
    private void First(BankSnapshot bank, int lane, ReadOnlySpan<float> inputs, RankOneFactors? factors, ReadOnlySpan<int> rows)
    {
        (int width, int columns) = (Width(0), _network.Plan.Inputs);
        bool isAnyBackground = false;
        for (int n = 0; n < rows.Length; n++)
        {
            // All masks see the same factors, whose images are made sparse once.
            SparseImage? image = factors is not null && bank.Layout.Layers[0].HasRowSums ? factors.Sparse(rows[n]) : null;
            ReadOnlySpan<float> input = inputs.Slice(rows[n] * columns, columns);
            float background = image?.Background ?? (bank.Layout.Layers[0].HasRowSums ? Background.Find(input) : 0);
            isAnyBackground |= background != 0;
            _backgrounds[n] = background;
            if (image is null)
            {
                fixed (float* values = input) _entries.Counts[n] = Kernels.Sparsify(values, columns, background, _entries.Row(n));
            }
            else
            {
                image.Entries.CopyTo(new Span<SparseEntry>(_entries.Row(n), columns));
                _entries.Counts[n] = image.Entries.Length;
            }
        }

        if (isAnyBackground) ReadRowSums(bank, lane);
        for (int n = 0; n < rows.Length; n++)
        {
            Span<float> output = _outputs[0].Span.Slice(n * width, width);
            if (_backgrounds[n] == 0) output.Clear();
            else TensorPrimitives.Multiply(_sums.Span, _backgrounds[n] * _network.Scale(0), output);
        }

        Add(bank, lane, 0, rows.Length);
    }

    // The layers above the first, from what the first gave.
    private void Rest(BankSnapshot bank, int lane, int rows)
    {
        for (int l = 1; l < _outputs.Length; l++)
        {
            (AlignedFloats below, int width, int columns) = (_outputs[l - 1], Width(l - 1), _network.Shape.Layers[l].FanIn);
            Kernels.Rectify(below.Start, rows * width);
            if (_unpackedMask == (bank, lane))
            {
                Kernels.MultiplyDense(below.Start, width, 1, rows, columns, _unpacked[l].Start, Width(l), _outputs[l].Start);
                continue;
            }

            for (int n = 0; n < rows; n++)
                _entries.Counts[n] = Kernels.Sparsify(below.Start + ((nint)n * width), columns, 0, _entries.Row(n));
            Clear(l, rows);
            Add(bank, lane, l, rows);
        }
    }

    // One layer above the first, from the activations of the factors.
    private void Product(BankSnapshot bank, int lane, int layer, RankOneFactors factors, ReadOnlySpan<int> rows)
    {
        for (int n = 0; n < rows.Length; n++)
            fixed (float* values = factors.Activation(layer, rows[n]))
                _entries.Counts[n] = Kernels.Sparsify(values, _network.Shape.Layers[layer].FanIn, 0, _entries.Row(n));
        Clear(layer, rows.Length);
        Add(bank, lane, layer, rows.Length);
    }

    private void Clear(int layer, int rows) => _outputs[layer].Span[..(rows * Width(layer))].Clear();

    // outputs += Σ value · (W ⊙ M)(input) over the entries of each row, in their order.
    private void Add(BankSnapshot bank, int lane, int layer, int rows)
    {
        float* output = _outputs[layer].Start;
        int width = Width(layer);
        if (_unpackedMask == (bank, lane)) Kernels.Multiply(_entries, 0, rows, _unpacked[layer].Start, width, output, width, output);
        else
            for (int n = 0; n < rows; n++) AddPacked(bank, lane, layer, n, output + ((nint)n * width));
    }

    private void AddPacked(BankSnapshot bank, int lane, int layer, int row, float* output)
    {
        LayerLayout layout = bank.Layout.Layers[layer];
        byte* bits = bank.Blocks[lane / BlockLayout.Lanes].Start + layout.Offset + BlockLayout.Place(lane % BlockLayout.Lanes);
        RowOrder order = bank.Layout.Order;
        ReadOnlySpan<int> rows = order.Rows(layer);
        float* sums = order.IsNatural ? output : _placed.Start;
        if (!order.IsNatural)
            for (int place = 0; place < rows.Length; place++) sums[place] = output[rows[place]];
        fixed (byte* signs = bank.Signs.Bits)
            LaneKernels.Multiply(_entries.Row(row), _entries.Counts[row], bits, signs + (layout.Offset / BlockLayout.Lanes), layout,
                order.WeightsByInput(layer).Start, Width(layer), sums);
        if (!order.IsNatural)
            for (int place = 0; place < rows.Length; place++) output[rows[place]] = sums[place];
        GC.KeepAlive(bank);
    }

    // Σ_i (W ⊙ M)_i / scale of the first layer.
    private void ReadRowSums(BankSnapshot bank, int lane)
    {
        byte* block = bank.Blocks[lane / BlockLayout.Lanes].Start;
        LayerLayout layer = bank.Layout.Layers[0];
        ReadOnlySpan<int> rows = bank.Layout.Order.Rows(0);
        for (int j = 0; j < rows.Length; j++)
            _sums.Span[rows[j]] = *(short*)(block + layer.RowSum(j, lane % BlockLayout.Lanes)) - bank.Signs.RowSums[j];
        GC.KeepAlive(bank);
    }

    private void Unpack(BankSnapshot bank, int lane)
    {
        if (_unpackedMask == (bank, lane)) return;
        _unpackedMask = default;
        if (_unpacked.Length == 0)
            _unpacked = [.. _network.Shape.Layers.Select(layer => new AlignedFloats(layer.FanIn * AlignedFloats.Width(layer.Outputs)))];
        _entries.Counts[0] = 1;
        for (int l = 0; l < _unpacked.Length; l++)
        {
            _unpacked[l].Span.Clear();
            for (int i = 0; i < _network.Shape.Layers[l].FanIn; i++)
            {
                *_entries.Row(0) = new SparseEntry(i, 1);
                AddPacked(bank, lane, l, 0, _unpacked[l].Start + ((nint)i * Width(l)));
            }
        }

        _unpackedMask = (bank, lane);
    }
}
