using SupSup.Core.Datasets;
using SupSup.Core.Networks;
using SupSup.Core.Tasks;
using SupSup.Experiments.Methods;

namespace SupSup.Experiments.Tests.Methods;

/// <summary>Five classes of noisy 6 x 7 images, mostly black as digits are, and settings to learn them in a moment.</summary>
internal static class SmallData
{
    public const int Inputs = 42;
    public const int Classes = 5;

    public static Dataset Images { get; } = Draw();

    /// <summary>No layer is a multiple of 16 wide, nor the batch.</summary>
    public static RivalSettings Settings { get; } =
        new() { Plan = NetworkPlan.Dense(Inputs, [33, 18], Classes), Seed = 7, Batches = 60, BatchSize = 27 };

    public static NetworkShape Shape => Settings.Plan.Shape;

    public static ClassificationTask Task(int index) => new PermutedFamily().Make(Images, 3, index);

    /// <summary>The first test images of a task.</summary>
    public static float[] Test(int task, int rows) => Task(task).Test(0, rows).Inputs;

    private static Dataset Draw()
    {
        Random random = new(5);
        byte[][] shapes = [.. Enumerable.Range(0, Classes)
            .Select(_ => Enumerable.Range(0, Inputs).Select(_ => (byte)(random.Next(3) == 0 ? 200 : 0)).ToArray())];
        return new Dataset("small", Set(600), Set(200), Classes, new Normalization(0.2f, 0.4f));

        ExampleSet Set(int count)
        {
            int[] labels = [.. Enumerable.Range(0, count).Select(_ => random.Next(Classes))];
            byte[] pixels = [.. labels.SelectMany(
                label => shapes[label].Select(pixel => pixel == 0 || random.Next(4) == 0 ? (byte)0 : (byte)(pixel + random.Next(50))))];
            return new ExampleSet(new ExampleShape.Pixels(1, 6, 7), pixels, labels);
        }
    }
}
