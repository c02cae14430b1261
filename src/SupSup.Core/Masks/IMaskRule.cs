namespace SupSup.Core.Masks;

/// <summary>Turns the real scores of one layer into a mask. A new rule is a new file and an entry in <see cref="MaskRules"/>.</summary>
public interface IMaskRule
{
    /// <summary>The name under which model specs refer to the rule.</summary>
    string Name { get; }

    /// <summary>Writes W ⊙ M(scores) of any run of one layer's weights.</summary>
    /// <param name="scores">Scores S.</param>
    /// <param name="weights">Fixed weights W, as many.</param>
    /// <param name="effective">Receives W where the mask keeps the weight, else 0.</param>
    void Apply(ReadOnlySpan<float> scores, ReadOnlySpan<float> weights, Span<float> effective);

    /// <summary>Writes the mask of one layer as bits, little-endian; padding bits stay zero.</summary>
    /// <param name="scores">Scores S, [out · in].</param>
    /// <param name="bits">Receives the bits, (count + 7) / 8 bytes.</param>
    void Pack(ReadOnlySpan<float> scores, Span<byte> bits);
}
