using System.Diagnostics.CodeAnalysis;
using SupSup.Core.Naming;
using SupSup.Core.Random;

namespace SupSup.Core.Datasets;

/// <summary>The augmentations by their texts: steps that follow one another, with a plus between, as in "crop:4+flip".</summary>
public static class Augmentations
{
    private static readonly Dictionary<string, Func<string, IAugmentation>> ByText = new(StringComparer.Ordinal)
    {
        ["crop:PADDING"] = static padding => new CropAugmentation(padding),
        ["resized-crop:SIDE"] = static side => new ResizedCropAugmentation(side),
        ["flip"] = static _ => new FlipAugmentation(),
    };

    /// <summary>The forms of every step's text.</summary>
    public static IReadOnlyCollection<string> Forms => ByText.Keys;

    /// <summary>Finds an augmentation.</summary>
    /// <param name="text">Its steps; null for none.</param>
    /// <returns>Null where none is asked for.</returns>
    /// <exception cref="ArgumentException">No step has the name, or the parameter is not one of it.</exception>
    [return: NotNullIfNotNull(nameof(text))]
    public static IAugmentation? Get(string? text)
    {
        if (text is null) return null;
        IAugmentation[] steps = [.. text.Split('+').Select(step => ByText.WithParameter("augmentation", step, ", such as crop:4+flip"))];
        return steps.Length == 1 ? steps[0] : new Sequence(text, steps);
    }

    /// <summary>Makes the training image of an example.</summary>
    /// <param name="augmentation">How.</param>
    /// <param name="image">Levels [channels, rows, columns].</param>
    /// <param name="shape">Their size.</param>
    /// <param name="taskSeed">The task's seed.</param>
    /// <param name="example">Number of the example in the order in which the task sees them, from 0.</param>
    /// <param name="target">Receives the levels.</param>
    public static void Apply(
        this IAugmentation augmentation,
        ReadOnlySpan<byte> image,
        ExampleShape.Pixels shape,
        ulong taskSeed,
        int example,
        Span<byte> target)
    {
        ArgumentNullException.ThrowIfNull(augmentation);
        augmentation.Apply(image, shape, new RandomStream(taskSeed, StreamPurpose.Augmentation, example), target);
    }

    /// <summary>Steps that follow one another.</summary>
    private sealed class Sequence(string name, IAugmentation[] steps) : IAugmentation
    {
        public string Name => name;

        public bool TakesAnySize => steps.Any(step => step.TakesAnySize);

        public ExampleShape.Pixels Made(ExampleShape.Pixels shape) => steps.Aggregate(shape, (now, step) => step.Made(now));

        public void Apply(ReadOnlySpan<byte> image, ExampleShape.Pixels shape, RandomStream random, Span<byte> target)
        {
            foreach (IAugmentation step in steps[..^1])
            {
                byte[] levels = new byte[step.Made(shape).Length];
                step.Apply(image, shape, random, levels);
                image = levels;
                shape = step.Made(shape);
            }

            steps[^1].Apply(image, shape, random, target);
        }
    }
}
