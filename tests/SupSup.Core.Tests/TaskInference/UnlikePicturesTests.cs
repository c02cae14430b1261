using System.Collections.Immutable;
using SupSup.Core.Datasets;
using SupSup.Core.Engines;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Tasks;
using SupSup.Core.Training;

namespace SupSup.Core.Tests.TaskInference;

/// <summary>Tasks whose pictures have nothing in common, read by a network that normalises channels.</summary>
public sealed class UnlikePicturesTests
{
    private const int Side = 12;

    private static readonly FixedNetwork Network =
        new(Plans.Parse($"conv16-norm-relu-max2-conv16-norm-relu-average/3x{Side}x{Side}-10"), 7);

    private static readonly Recipe Recipe = new()
    {
        Name = "short",
        Optimizer = "adam",
        LearningRate = 3e-3,
        Schedule = "cosine",
        Batches = 60,
        BatchSize = 32,
    };

    // Pictures of one colour are as far from the mean of their hues as those of others are: that is no reason to allow their mask more.
    [Fact]
    public void Given_a_task_of_flat_hues_and_one_of_stripes_when_pictures_are_read_then_neither_draws_those_of_the_other()
    {
        ClassificationTask[] tasks =
        [
            Task("hues", static (kind, _, _) => kind),
            Task("stripes", static (kind, x, y) => (kind == 0 ? x : kind == 1 ? y : x + y) % 4 < 2 ? 3 : 4),
        ];
        TrainedMask[] trained = [.. tasks.Select((task, n) =>
            TaskTrainer.Train(Network, MaskRules.Get("top-k:0.3"), Recipe, new TrainingJob { Data = task, Index = n }))];
        ImmutableArray<double> allowances = Evidence.Allowances(trained.Select(each => (double?)each.UsualEvidence!.Mean));

        int[] found = new int[tasks.Length];
        for (int task = 0; task < tasks.Length; task++)
        {
            (float[] inputs, int[] labels) = tasks[task].Test(0, tasks[task].TestCount);
            double[][] evidence = [.. trained.Select((each, n) =>
            {
                using IMaskedNetwork masked = NetworkEngines.Open(Network, each.Mask);
                return masked.Predict(inputs, labels.Length, tasks[task].Classes).Select(read => read.Evidence - allowances[n]).ToArray();
            })];
            found[task] = Enumerable.Range(0, labels.Length).Count(row => evidence[task][row] > evidence[1 - task][row]);
        }

        Assert.All(found.Zip(tasks), each => Assert.InRange(each.First, 0.6 * each.Second.TestCount, each.Second.TestCount));
    }

    // Three classes, each of an ink for every pixel; 0 to 2 are red, green and blue, 3 and 4 a light and a dark grey.
    private static ClassificationTask Task(string name, Func<int, int, int, int> ink)
    {
        Dataset dataset = new(name, Set(240, 1), Set(60, 2), 3, new Normalization([0.5f, 0.5f, 0.5f], [0.25f, 0.25f, 0.25f]));
        return TaskFamilies.Get("whole").Make(dataset, 0, 0);

        ExampleSet Set(int count, int seed)
        {
            System.Random noise = new(seed);
            int[] labels = [.. Enumerable.Range(0, count).Select(n => n % 3)];
            return new(new ExampleShape.Pixels(3, Side, Side), [.. labels.SelectMany(kind => Picture(kind))], labels);

            IEnumerable<byte> Picture(int kind)
            {
                (int right, int down) = (noise.Next(4), noise.Next(4));
                for (int channel = 0; channel < 3; channel++)
                    for (int y = 0; y < Side; y++)
                        for (int x = 0; x < Side; x++) yield return Level(ink(kind, x + right, y + down), channel);
            }

            byte Level(int of, int channel) => (byte)((of == 3 || of == channel ? 200 : 50) + noise.Next(20));
        }
    }
}
