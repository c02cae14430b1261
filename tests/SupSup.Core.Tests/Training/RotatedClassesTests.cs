using SupSup.Core.Datasets;
using SupSup.Core.Networks;
using SupSup.Core.Tasks;
using SupSup.Core.Training;

namespace SupSup.Core.Tests.Training;

public sealed class RotatedClassesTests
{
    private const int Rows = 200;
    private static readonly Recipe Turning = Recipes.Get("paper") with { RotatedShare = 0.5 };

    [Fact]
    public void Given_images_when_some_are_turned_then_their_labels_say_by_how_much_and_turning_back_gives_the_image()
    {
        ClassificationTask task = Task(3, 3);
        float[] images = RandomData.Floats(Rows * task.Inputs, 1), turned = [.. images];
        int[] classes = [.. Enumerable.Range(0, Rows).Select(row => row % 2)], labels = [.. classes];

        RotatedClasses.Apply(turned, labels, task, Turning.RotatedShare, 7, 30);

        int[] turns = [.. labels.Select((label, row) => (label - classes[row]) / 2)];
        Assert.Equal([0, 1, 2, 3], turns.Distinct().Order());
        Assert.InRange(turns.Count(static some => some > 0), Rows * 4 / 10, Rows * 6 / 10);
        for (int row = 0; row < Rows; row++)
        {
            for (int n = 0; n < task.Inputs; n++)
            {
                (int plane, int pixel) = Math.DivRem(n, 9);
                (int y, int x) = (pixel / 3, pixel % 3);
                for (int turn = 0; turn < turns[row]; turn++) (y, x) = (x, 2 - y);
                Assert.Equal(images[(row * task.Inputs) + n], turned[(row * task.Inputs) + (plane * 9) + (y * 3) + x]);
            }
        }
    }

    [Fact]
    public void Given_a_batch_when_turned_in_two_halves_then_it_is_turned_alike()
    {
        ClassificationTask task = Task(3, 3);
        float[] whole = RandomData.Floats(Rows * task.Inputs, 1), halves = [.. whole];
        int[] labels = new int[Rows], others = new int[Rows];

        RotatedClasses.Apply(whole, labels, task, 0.5, 7, 0);
        RotatedClasses.Apply(halves.AsSpan(0, 50 * task.Inputs), others.AsSpan(0, 50), task, 0.5, 7, 0);
        RotatedClasses.Apply(halves.AsSpan(50 * task.Inputs), others.AsSpan(50), task, 0.5, 7, 50);

        Assert.Equal(whole, halves);
        Assert.Equal(labels, others);
    }

    [Theory]
    [InlineData(3, 4, 8, "square")]
    [InlineData(3, 3, 7, "8 outputs, not 7")]
    public void Given_a_task_that_cannot_be_turned_when_trained_then_one_line_says_why(int rows, int columns, int outputs, string why)
    {
        ClassificationTask task = Task(rows, columns);
        FixedNetwork network = new(NetworkPlan.Dense(task.Inputs, [4], outputs), 1);
        TrainingJob job = new() { Data = task, Index = 0 };

        var error = Assert.Throws<ArgumentException>(
            () => TaskTrainer.Train(network, SupSup.Core.Masks.MaskRules.Get("threshold"), Turning with { Batches = 1 }, job));

        Assert.Contains(why, error.Message, StringComparison.Ordinal);
        Assert.Contains("rotatedShare 0.5", error.Message, StringComparison.Ordinal);
    }

    private static ClassificationTask Task(int rows, int columns)
    {
        ExampleShape.Pixels shape = new(2, rows, columns);
        ExampleSet examples = new(shape, [.. Enumerable.Range(0, 4 * shape.Length).Select(n => (byte)n)], [0, 1, 0, 1]);
        return new WholeFamily().Make(new Dataset("small", examples, examples, 2, Normalization.Measure(examples)), 1, 0);
    }
}
