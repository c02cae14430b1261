using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SupSup.Core.Kernels;
using SupSup.Core.Networks;

namespace SupSup.Core.Masks;

/// <summary>
/// Edge-popup (Ramanujan et al. 2020), the paper's rule for convolutional networks: of a layer's n weights the
/// n − int((1 − d) n) of largest |S| are kept, and dL/dS = sign(S) ⊙ dL/dW_eff ⊙ W, for dropped weights too. The density d
/// is the same in every layer, or that of a sparse random graph (Erdős–Rényi), min(0.5, k (out + in) / (out · in)), which
/// gives small layers more. Of equal magnitudes those that come first in the engine's order are kept.
/// </summary>
public sealed class TopKMaskRule : IMaskRule
{
    private const string RandomGraph = "er-";
    private const double DensestRandomGraph = 0.5;

    // The 31 bits of a float's magnitude in three digits, the highest first.
    private static readonly (int Shift, int Bits)[] Digits = [(20, 11), (10, 10), (0, 10)];

    private readonly bool _isRandomGraph;
    private readonly double _value;

    /// <summary>Reads the rule's parameter.</summary>
    /// <param name="parameter">A density above 0 and up to 1, or "er-K", K above 0.</param>
    /// <exception cref="ArgumentException">It is neither.</exception>
    public TopKMaskRule(string parameter)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        Name = $"top-k:{parameter}";
        _isRandomGraph = parameter.StartsWith(RandomGraph, StringComparison.Ordinal);
        string number = _isRandomGraph ? parameter[RandomGraph.Length..] : parameter;
        bool isNumber = double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out _value);
        if (!isNumber || !(_value > 0) || (!_isRandomGraph && _value > 1))
        {
            throw new ArgumentException(
                $"mask rule '{Name}': use a density above 0 and up to 1, such as top-k:0.5, or er-K with K above 0, such as top-k:er-8");
        }
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public bool IsLocal => false;

    /// <inheritdoc/>
    // Counted in 32 bits, whose number as a type is 3.
    public string Script => """
        def effective(scores, weights, kept: int):
            magnitudes = scores.abs().flatten(1)
            least = magnitudes.topk(kept, 1, True, False)[0].amin([1], True)
            larger = magnitudes > least
            ties = magnitudes == least
            left = kept - larger.sum([1], True)
            first = ties & (ties.cumsum(1, dtype=3) <= left)
            return weights * (larger | first).view_as(scores)

        def differentiate(scores, gradients):
            return gradients * scores.sign()
        """;

    /// <inheritdoc/>
    public int Kept(LayerShape layer) => Kept(layer.Outputs, layer.Inputs, layer.Window);

    /// <summary>How many weights of a layer are kept.</summary>
    /// <param name="outputs">Outputs; of a convolution, channels.</param>
    /// <param name="inputs">Inputs; of a convolution, channels.</param>
    /// <param name="window">Weights from an input to an output: 1, or height times width of a convolution's kernel.</param>
    public int Kept(int outputs, int inputs, int window = 1)
    {
        double count = (double)outputs * inputs * window;
        double density = _isRandomGraph ? Math.Min(DensestRandomGraph, _value * (outputs + inputs) / count) : _value;
        return (int)count - (int)((1 - density) * count);
    }

    /// <inheritdoc/>
    // Radix selection: the magnitude is found digit by digit, by counting the scores that have the digits found so far.
    public MaskThreshold Threshold(LayerShape layer, ReadOnlySpan<float> scores, int used, int width)
    {
        int left = Kept(layer);
        uint found = 0;
        int digit = 0;
        Span<int> counts = stackalloc int[1 << Digits[0].Bits];
        foreach ((int shift, int bits) in Digits)
        {
            counts.Clear();
            digit = (1 << bits) - 1;
            for (int row = 0; row < scores.Length; row += width)
            {
                foreach (float score in scores.Slice(row, used))
                {
                    uint magnitude = Magnitude(score) >> shift;
                    if (magnitude >> bits == found) counts[(int)magnitude & ((1 << bits) - 1)]++;
                }
            }

            while (left > counts[digit]) left -= counts[digit--];
            found = (found << bits) | (uint)digit;
        }

        int lastTie = left == counts[digit] ? int.MaxValue : PositionOf(found, left, scores, used, width);
        return new MaskThreshold(BitConverter.UInt32BitsToSingle(found), lastTie);
    }

    /// <inheritdoc/>
    public unsafe void Apply(
        ReadOnlySpan<float> scores, ReadOnlySpan<float> weights, MaskThreshold threshold, int at, Span<float> effective)
    {
        int count = effective.Length;
        fixed (float* s = scores[..count], w = weights[..count], e = effective)
        {
            int done = Vector512.IsHardwareAccelerated
                ? Apply<Float512>(0, count, s, w, threshold.Value, e) : Apply<Float256>(0, count, s, w, threshold.Value, e);
            Apply<Float32>(done, count, s, w, threshold.Value, e);
        }

        for (int n = (int)Math.Clamp((long)threshold.LastTie + 1 - at, 0, count); n < count; n++)
            if (MathF.Abs(scores[n]) == threshold.Value) effective[n] = 0;
    }

    /// <inheritdoc/>
    public unsafe void Differentiate(ReadOnlySpan<float> scores, Span<float> gradients)
    {
        int count = gradients.Length;
        fixed (float* s = scores[..count], g = gradients)
        {
            int done = Vector512.IsHardwareAccelerated ? Differentiate<Float512>(0, count, s, g) : Differentiate<Float256>(0, count, s, g);
            Differentiate<Float32>(done, count, s, g);
        }
    }

    private static uint Magnitude(float score) => BitConverter.SingleToUInt32Bits(score) & int.MaxValue;

    private static int PositionOf(uint magnitude, int occurrence, ReadOnlySpan<float> scores, int used, int width)
    {
        for (int row = 0; ; row += width)
            for (int n = row; n < row + used; n++)
                if (Magnitude(scores[n]) == magnitude && --occurrence == 0) return n;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe int Apply<TVector>(int n, int count, float* s, float* w, float threshold, float* e)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        TVector zero = TVector.Create(0), least = TVector.Create(threshold);
        for (; n <= count - TVector.Count; n += TVector.Count)
        {
            TVector score = TVector.Load(s + n);
            TVector.Store(TVector.WhereNotNegative(TVector.Max(score, zero - score) - least, TVector.Load(w + n)), e + n);
        }

        return n;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe int Differentiate<TVector>(int n, int count, float* s, float* g)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        TVector zero = TVector.Create(0);
        for (; n <= count - TVector.Count; n += TVector.Count)
        {
            TVector score = TVector.Load(s + n), gradient = TVector.Load(g + n);
            TVector.Store(TVector.WherePositive(score, gradient) - TVector.WherePositive(zero - score, gradient), g + n);
        }

        return n;
    }
}
