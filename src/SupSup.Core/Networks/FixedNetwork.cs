using System.IO.Hashing;
using System.Text;
using SupSup.Core.Kernels;
using SupSup.Core.Random;

namespace SupSup.Core.Networks;

/// <summary>
/// The network that all tasks share: fixed random weights W = sign · c with c = sqrt(2 / fan-in) ("signed constant"
/// of Ramanujan et al. 2020, which the paper uses). Only plan, seed and generator version define it; nothing is stored.
/// </summary>
public sealed class FixedNetwork
{
    /// <summary>The newest generator of sign bits: Philox 4x32-10, 128 signs a block, little-endian bit order.</summary>
    public const int LatestWeightsVersion = 1;

    private readonly Lazy<float[][]> _weights;
    private readonly Lazy<AlignedFloats[]> _byInput;
    private readonly Lazy<byte[][]> _signs;
    private readonly Lazy<ScoreGroups>[] _scoreGroups;

    /// <summary>Defines the network; the weights are generated at first use.</summary>
    /// <param name="plan">Its wiring and sizes.</param>
    /// <param name="seed">Seed of the sign bits.</param>
    /// <param name="weightsVersion">Generator version; 1 is the only one so far.</param>
    /// <exception cref="ArgumentException">The generator version is unknown to this build.</exception>
    public FixedNetwork(NetworkPlan plan, ulong seed, int weightsVersion = LatestWeightsVersion)
    {
        ArgumentNullException.ThrowIfNull(plan);
        if (weightsVersion != LatestWeightsVersion)
        {
            throw new ArgumentException(
                $"weight generator version {weightsVersion} is unknown; this build knows version {LatestWeightsVersion}");
        }

        Plan = plan;
        Seed = seed;
        WeightsVersion = weightsVersion;
        _weights = new Lazy<float[][]>(Generate);
        _byInput = new Lazy<AlignedFloats[]>(Transpose);
        _signs = new Lazy<byte[][]>(() => [.. Shape.Layers.Select((_, l) => Signs(l))]);
        _scoreGroups = [.. Shape.Layers.Select((_, l) => new Lazy<ScoreGroups>(() => new ScoreGroups(this, l)))];
        string definition = $"supsup-network shape={plan} seed={seed} weights={weightsVersion} init=signed-constant";
        Hash = XxHash128.HashToUInt128(Encoding.ASCII.GetBytes(definition));
    }

    /// <summary>Its wiring and sizes.</summary>
    public NetworkPlan Plan { get; }

    /// <summary>The matrices that masks cover.</summary>
    public NetworkShape Shape => Plan.Shape;

    /// <summary>Seed of the sign bits.</summary>
    public ulong Seed { get; }

    /// <summary>Generator version.</summary>
    public int WeightsVersion { get; }

    /// <summary>Identifies the network in mask files: XXH128 of its definition.</summary>
    public UInt128 Hash { get; }

    /// <summary>The weights of one layer, rows [out, in].</summary>
    /// <param name="layer">Layer index.</param>
    public ReadOnlySpan<float> Weights(int layer) => _weights.Value[layer];

    /// <summary>
    /// The weights of one layer by input: rows [in, width], width being the outputs up to a multiple of 16, zero beyond
    /// them. The layout of the kernels, which skip inputs; shared by all that run on this network.
    /// </summary>
    internal AlignedFloats WeightsByInput(int layer) => _byInput.Value[layer];

    /// <summary>The constant c = sqrt(2 / fan-in) of one layer, computed in double and rounded once.</summary>
    /// <param name="layer">Layer index.</param>
    public float Scale(int layer) => (float)Math.Sqrt(2.0 / Shape.Layers[layer].FanIn);

    /// <summary>One layer's sign bits in the order of a packed mask: bit n is set where weight n is negative.</summary>
    internal ReadOnlySpan<byte> SignBits(int layer) => _signs.Value[layer];

    /// <summary>The weights of one layer by their shared initial scores; drawn at first use.</summary>
    internal ScoreGroups ScoreGroups(int layer) => _scoreGroups[layer].Value;

    /// <summary>Writes one layer's sign bits, bit n (little-endian) set where weight n is negative.</summary>
    /// <param name="layer">Layer index.</param>
    /// <param name="bits">Receives <see cref="LayerShape.PackedBytes"/> bytes.</param>
    public void WriteSigns(int layer, Span<byte> bits)
    {
        int count = Shape.Layers[layer].Count;
        RandomStream stream = new(Seed, StreamPurpose.WeightSigns, layer);
        bits = bits[..Shape.Layers[layer].PackedBytes];
        for (int n = 0; n < count; n += 32)
        {
            uint word = stream.NextUInt32();
            if (count - n < 32) word &= (1u << (count - n)) - 1;
            for (int b = 0; b < 4 && n / 8 + b < bits.Length; b++) bits[n / 8 + b] = (byte)(word >> (8 * b));
        }
    }

    private float[][] Generate()
    {
        float[][] weights = new float[Shape.Layers.Length][];
        for (int l = 0; l < weights.Length; l++)
        {
            ReadOnlySpan<byte> signs = SignBits(l);
            float scale = Scale(l);
            float[] layer = new float[Shape.Layers[l].Count];
            for (int n = 0; n < layer.Length; n++)
                layer[n] = (signs[n >> 3] >> (n & 7) & 1) == 0 ? scale : -scale;
            weights[l] = layer;
        }

        return weights;
    }

    private byte[] Signs(int layer)
    {
        byte[] signs = new byte[Shape.Layers[layer].PackedBytes];
        WriteSigns(layer, signs);
        return signs;
    }

    private AlignedFloats[] Transpose()
    {
        AlignedFloats[] layers = new AlignedFloats[Shape.Layers.Length];
        for (int l = 0; l < layers.Length; l++)
        {
            LayerShape shape = Shape.Layers[l];
            int width = AlignedFloats.Width(shape.Outputs);
            ReadOnlySpan<float> weights = Weights(l);
            layers[l] = new AlignedFloats(shape.FanIn * width);
            Span<float> byInput = layers[l].Span;
            for (int j = 0; j < shape.Outputs; j++)
                for (int i = 0; i < shape.FanIn; i++) byInput[(i * width) + j] = weights[(j * shape.FanIn) + i];
        }

        return layers;
    }
}
