using SupSup.Core.Random;

namespace SupSup.Core.Datasets;

/// <summary>Mirrors every other image, at random: left becomes right.</summary>
public sealed class FlipAugmentation : IAugmentation
{
    /// <inheritdoc/>
    public string Name => "flip";

    /// <inheritdoc/>
    public bool TakesAnySize => false;

    /// <inheritdoc/>
    public ExampleShape.Pixels Made(ExampleShape.Pixels shape) => shape;

    /// <inheritdoc/>
    public void Apply(ReadOnlySpan<byte> image, ExampleShape.Pixels shape, RandomStream random, Span<byte> target)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(random);
        image[..shape.Length].CopyTo(target);
        if (random.NextInt32(2) == 0) return;
        for (int line = 0; line < shape.Length; line += shape.Columns) target.Slice(line, shape.Columns).Reverse();
    }
}
