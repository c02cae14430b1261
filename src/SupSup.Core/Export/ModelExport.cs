using System.Runtime.InteropServices;
using SupSup.Core.Masks;
using SupSup.Core.Networks;

namespace SupSup.Core.Export;

/// <summary>
/// A model as safetensors, from which any program can recompute an answer: `layer{l}.weight` (float32, [out, in]) and
/// `task{t}.layer{l}.mask` (uint8 0 or 1, [out, in]); logits = relu(... relu(x (W0 ⊙ M0)ᵀ) ...) (Wn ⊙ Mn)ᵀ. Those of convolutions are
/// [out, in, window, window]; where the plan normalises by a task's statistics, `task{t}.mean` and `task{t}.variance` are float16.
/// </summary>
public sealed class ModelExport
{
    private readonly FixedNetwork _network;
    private readonly SafetensorsWriter _writer;

    /// <summary>Declares all tensors and writes the weights.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="network">The fixed network.</param>
    /// <param name="tasks">Indices of the tasks whose masks will follow, in this order.</param>
    /// <param name="metadata">The model's definition, by name.</param>
    public ModelExport(Stream stream, FixedNetwork network, IReadOnlyList<int> tasks, IReadOnlyDictionary<string, string> metadata)
    {
        _network = network;
        _writer = new SafetensorsWriter(metadata);
        for (int l = 0; l < network.Shape.Layers.Length; l++)
            _writer.Declare(WeightName(l), "F32", Sizes(l));
        foreach (int task in tasks)
        {
            for (int l = 0; l < network.Shape.Layers.Length; l++) _writer.Declare(MaskName(task, l), "U8", Sizes(l));
            if (network.Plan.NormalizedChannels == 0) continue;
            _writer.Declare(MeanName(task), "F16", network.Plan.NormalizedChannels);
            _writer.Declare(VarianceName(task), "F16", network.Plan.NormalizedChannels);
        }

        _writer.Begin(stream);
        for (int l = 0; l < network.Shape.Layers.Length; l++)
            _writer.Write(WeightName(l), MemoryMarshal.AsBytes(network.Weights(l)));
    }

    /// <summary>Writes the next task's mask.</summary>
    /// <param name="task">Its index.</param>
    /// <param name="mask">The mask.</param>
    public void Add(int task, TaskMask mask)
    {
        for (int l = 0; l < _network.Shape.Layers.Length; l++)
        {
            ReadOnlySpan<byte> bits = mask.Layer(l);
            byte[] unpacked = new byte[_network.Shape.Layers[l].Count];
            for (int n = 0; n < unpacked.Length; n++) unpacked[n] = (byte)(bits[n >> 3] >> (n & 7) & 1);
            _writer.Write(MaskName(task, l), unpacked);
        }

        if (mask.Statistics is not { } statistics) return;
        byte[] written = statistics.Write();
        _writer.Write(MeanName(task), written.AsSpan(0, written.Length / 2));
        _writer.Write(VarianceName(task), written.AsSpan(written.Length / 2));
    }

    /// <summary>Proves that nothing is missing.</summary>
    /// <exception cref="InvalidOperationException">A declared mask was not written.</exception>
    public void End() => _writer.End();

    /// <summary>Reads the mask of a task that comes next in a file.</summary>
    /// <param name="reader">The file.</param>
    /// <param name="network">The fixed network.</param>
    /// <param name="task">Its index there.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="InvalidDataException">It is not there, or not of the network.</exception>
    public static async Task<TaskMask> ReadMaskAsync(
        SafetensorsReader reader, FixedNetwork network, int task, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(network);
        byte[][] layers = new byte[network.Shape.Layers.Length][];
        for (int l = 0; l < layers.Length; l++)
        {
            byte[] unpacked = await reader.ReadAsync(MaskName(task, l), "U8", network.Shape.Layers[l].Count, cancellationToken)
                .ConfigureAwait(false);
            int at = unpacked.AsSpan().IndexOfAnyExceptInRange((byte)0, (byte)1);
            if (at >= 0) throw new InvalidDataException($"its tensor '{MaskName(task, l)}' has {unpacked[at]} at {at}, neither 0 nor 1");
            layers[l] = new byte[(unpacked.Length + 7) / 8];
            for (int n = 0; n < unpacked.Length; n++) layers[l][n >> 3] |= (byte)(unpacked[n] << (n & 7));
        }

        ChannelStatistics? statistics = null;
        if (network.Plan.NormalizedChannels is > 0 and int channels)
        {
            byte[] means = await reader.ReadAsync(MeanName(task), "F16", 2 * channels, cancellationToken).ConfigureAwait(false);
            byte[] variances = await reader.ReadAsync(VarianceName(task), "F16", 2 * channels, cancellationToken).ConfigureAwait(false);
            statistics = ChannelStatistics.Read([.. means, .. variances]);
        }

        return new TaskMask(network.Shape, [.. layers.SelectMany(bits => bits)], statistics);
    }

    private int[] Sizes(int layer) => _network.Plan.Leaves.Where(step => step.Masked is not null).ElementAt(layer) switch
    {
        PlanStep.Convolve step => [step.Outputs, step.Inputs, step.Window, step.Window],
        _ => [_network.Shape.Layers[layer].Outputs, _network.Shape.Layers[layer].FanIn],
    };

    private static string MeanName(int task) => $"task{task}.mean";

    private static string VarianceName(int task) => $"task{task}.variance";

    private static string WeightName(int layer) => $"layer{layer}.weight";

    private static string MaskName(int task, int layer) => $"task{task}.layer{layer}.mask";
}
