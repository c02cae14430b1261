using SupSup.Core.Inference;
using SupSup.Core.Kernels;
using SupSup.Core.Networks;

namespace SupSup.Core.Banks;

/// <summary>
/// Runs masks of a bank on single images, straight from their packed bits: no effective weights are made, and only the
/// columns of inputs that are not at the background are read. A mask that is asked about many images is unpacked first, after which
/// an image takes a fraction of the time and comes out the same to the last bit. Not thread-safe: it reuses its buffers.
/// </summary>
public sealed unsafe class MaskRunner : IDisposable
{
    private readonly FixedNetwork _network;
    private readonly AlignedFloats[] _outputs;
    private readonly AlignedFloats[] _products;
    private readonly AlignedFloats _input;
    private readonly SparseRows _entries;
    private AlignedFloats[] _unpacked = [];
    private (BankSnapshot? Bank, int Lane) _unpackedMask;

    /// <summary>Prepares buffers.</summary>
    /// <param name="network">The network of the masks.</param>
    public MaskRunner(FixedNetwork network)
    {
        ArgumentNullException.ThrowIfNull(network);
        _network = network;
        _outputs = [.. network.Shape.Layers.Select(layer => new AlignedFloats(AlignedFloats.Width(layer.Outputs)))];
        _products = [.. network.Shape.Layers.Select(layer => new AlignedFloats(AlignedFloats.Width(layer.Outputs)))];
        _input = new AlignedFloats(network.Shape.Layers.Max(layer => layer.FanIn));
        _entries = new SparseRows(1, network.Shape.Layers.Max(layer => layer.FanIn));
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
        Multiply(bank, lane, 0, input, _outputs[0]);
        return Rest(bank, lane);
    }

    /// <summary>From how many images on it pays to unpack their mask.</summary>
    public const int UnpackFrom = 8;

    /// <summary>Unpacks a mask, to run it on many images, until another is unpacked or it is forgotten.</summary>
    /// <param name="bank">The bank.</param>
    /// <param name="slot">The mask's slot.</param>
    /// <exception cref="ArgumentException">The slot is empty, or the bank is of another network.</exception>
    public void Unpack(BankSnapshot bank, int slot)
    {
        int lane = Check(bank, slot);
        if (_unpackedMask == (bank, lane)) return;
        _unpackedMask = default;
        if (_unpacked.Length == 0)
            _unpacked = [.. _network.Shape.Layers.Select(layer => new AlignedFloats(layer.FanIn * AlignedFloats.Width(layer.Outputs)))];
        for (int l = 0; l < _unpacked.Length; l++)
        {
            _unpacked[l].Span.Clear();
            for (int i = 0; i < _network.Shape.Layers[l].FanIn; i++)
            {
                *_entries.Row(0) = new SparseEntry(i, 1);
                AddColumns(bank, lane, l, 1, _unpacked[l].Start + ((nint)i * _outputs[l].Length), _outputs[l].Length);
            }
        }

        _unpackedMask = (bank, lane);
    }

    /// <summary>Forgets the mask that was unpacked, and with it the bank.</summary>
    public void Forget() => _unpackedMask = default;

    /// <summary>Scores one mask exactly and runs it.</summary>
    /// <param name="bank">The bank.</param>
    /// <param name="slot">The mask's slot.</param>
    /// <param name="factors">The batch's factors; the first layer's inputs are the images.</param>
    /// <param name="row">Which image.</param>
    /// <param name="layers">Which layers' terms make the score.</param>
    /// <param name="classes">Number of real classes.</param>
    /// <exception cref="ArgumentException">The slot is empty, the factors lack a layer, or the bank or the
    /// factors are of another network.</exception>
    public MaskRun Run(BankSnapshot bank, int slot, RankOneFactors factors, int row, LayerSelection layers, int classes)
    {
        int lane = Check(bank, slot);
        int scored = factors.Scored(_network, layers);
        Multiply(bank, lane, 0, factors.Activation(0, row), _outputs[0]);
        double score = -Dot(factors.Delta(0, row), _outputs[0].Span);
        for (int l = 1; l < scored; l++)
        {
            Multiply(bank, lane, l, factors.Activation(l, row), _products[l]);
            score -= Dot(factors.Delta(l, row), _products[l].Span);
        }

        return Read(score, Rest(bank, lane), classes);
    }

    /// <summary>Runs one mask.</summary>
    /// <param name="bank">The bank.</param>
    /// <param name="slot">The mask's slot.</param>
    /// <param name="input">The image, normalised, [in].</param>
    /// <param name="classes">Number of real classes.</param>
    /// <returns>The run, without a score.</returns>
    /// <exception cref="ArgumentException">The slot is empty, the bank is of another network, or the image has another size.</exception>
    public MaskRun Run(BankSnapshot bank, int slot, ReadOnlySpan<float> input, int classes) =>
        Read(double.NaN, Logits(bank, slot, input), classes);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (AlignedFloats floats in _outputs) floats.Dispose();
        foreach (AlignedFloats floats in _products) floats.Dispose();
        foreach (AlignedFloats floats in _unpacked) floats.Dispose();
        _input.Dispose();
        _entries.Dispose();
    }

    private static MaskRun Read(double score, ReadOnlySpan<float> logits, int classes)
    {
        (int predicted, double entropy, double evidence) = MaskPrediction.Of(logits, classes);
        return new MaskRun(score, predicted, entropy, evidence);
    }

    private static double Dot(ReadOnlySpan<float> delta, ReadOnlySpan<float> product)
    {
        double sum = 0;
        for (int j = 0; j < delta.Length; j++) sum += (double)delta[j] * product[j];
        return sum;
    }

    private int Check(BankSnapshot bank, int slot)
    {
        if (bank.Network.Hash != _network.Hash)
            throw new ArgumentException($"the bank is of another network ({bank.Network.Plan}) than the runner ({_network.Plan})");
        return bank.Lane(slot);
    }

    // The layers above the first, from what the first gave.
    private ReadOnlySpan<float> Rest(BankSnapshot bank, int lane)
    {
        for (int l = 1; l < _outputs.Length; l++)
        {
            StepKernelChoice.Best.Rectify(_outputs[l - 1].Start, _outputs[l - 1].Length);
            Multiply(bank, lane, l, _outputs[l - 1].Span[.._network.Shape.Layers[l].FanIn], _outputs[l]);
        }

        return _outputs[^1].Span[.._network.Plan.Outputs];
    }

    // output = (W ⊙ M) input = background · Σ_i (W ⊙ M)_i + Σ_i (input_i - background) (W ⊙ M)_i, the first from row sums.
    private void Multiply(BankSnapshot bank, int lane, int layer, ReadOnlySpan<float> input, AlignedFloats output)
    {
        LayerLayout layout = bank.Layout.Layers[layer];
        byte* block = bank.Blocks[lane / BlockLayout.Lanes].Start;
        float background = layer == 0 && bank.Layout.HasRowSums ? Background.Find(input) : 0;
        input.CopyTo(_input.Span);
        int count = StepKernelChoice.Best.Sparsify(_input.Start, input.Length, background, _entries.Row(0));
        output.Span.Clear();
        if (background != 0)
        {
            float unit = background * _network.Scale(layer);
            short* sums = (short*)(block + bank.Layout.RowSums) + (lane % BlockLayout.Lanes * 2);
            for (int j = 0; j < layout.Outputs; j++) output.Span[j] = unit * (sums[(j / 2 * 32) + (j % 2)] - bank.Signs.RowSums[j]);
        }

        if (_unpackedMask == (bank, lane))
        {
            _entries.Counts[0] = count;
            StepKernelChoice.Best.Multiply(_entries, 0, 1, _unpacked[layer].Start, output.Length, output.Start, output.Start);
        }
        else
        {
            AddColumns(bank, lane, layer, count, output.Start, output.Length);
        }

        GC.KeepAlive(bank);
    }

    // output += Σ value · (W ⊙ M)(input) over the entries, in their order.
    private void AddColumns(BankSnapshot bank, int lane, int layer, int count, float* output, int width)
    {
        LayerLayout layout = bank.Layout.Layers[layer];
        byte* bits = bank.Blocks[lane / BlockLayout.Lanes].Start + layout.Offset + BlockLayout.Place(lane % BlockLayout.Lanes);
        fixed (byte* signs = bank.Signs.Bits)
            LaneKernels.Multiply(_entries.Row(0), count, bits, signs + (layout.Offset / BlockLayout.Lanes), layout,
                _network.WeightsByInput(layer).Start, width, output);
        GC.KeepAlive(bank);
    }
}
