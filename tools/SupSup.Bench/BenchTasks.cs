using SupSup.Cli.Output;
using SupSup.Core.Datasets;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Tasks;
using SupSup.Core.Training;
using SupSup.Data;
using SupSup.Experiments.Files;

namespace SupSup.Bench;

/// <summary>
/// The tasks that are measured: permuted MNIST on LeNet-300-100 with 500 outputs, 300 batches. Some masks are really
/// trained and kept; the others have a trained mask's first layer with its inputs moved, and other trained masks' further
/// layers, so that their scores spread as those of trained masks do.
/// </summary>
internal sealed class BenchTasks
{
    private const ulong Seed = 1;
    private const int BytesPerRow = 98;

    // From scores of their own: moved masks of shared scores would share nothing any more.
    private static readonly Recipe Recipe =
        Recipes.Get("fast") with { LearningRate = 2e-3, FirstLayerLearningRate = 1e-3, SharedInitialScores = false };

    private readonly Dataset _mnist;

    private BenchTasks(Dataset mnist, IReadOnlyList<TaskMask> trained)
    {
        _mnist = mnist;
        Trained = trained;
    }

    public static FixedNetwork Network { get; } = new(NetworkPlan.Dense(784, [300, 100], 500), Seed);

    /// <summary>Real classes.</summary>
    public static int Classes => 10;

    public IReadOnlyList<TaskMask> Trained { get; }

    /// <summary>Opens MNIST, and trains the masks that are not kept from an earlier run.</summary>
    public static async Task<BenchTasks> OpenAsync(
        BenchOptions options, string data, ProgressDisplay display, CancellationToken cancellationToken)
    {
        Dataset mnist = await new DatasetStore(data).OpenAsync("mnist", null, cancellationToken);
        BenchTasks tasks = new(mnist, []);
        string folder = Path.Combine(options.Folder, $"masks-{Network.Hash:x32}-own");
        Directory.CreateDirectory(folder);
        TaskMask?[] masks = new TaskMask?[options.Trained];
        string File(int task) => Path.Combine(folder, $"{task}.mask");
        for (int task = 0; task < masks.Length; task++)
            if (System.IO.File.Exists(File(task)))
                masks[task] = MaskFile.Read(Network, System.IO.File.ReadAllBytes(File(task)), File(task));
        int[] missing = [.. Enumerable.Range(0, masks.Length).Where(task => masks[task] is null)];
        if (missing.Length > 0)
        {
            await display.RunAsync($"training {missing.Length} masks", missing.Length, stage => System.Threading.Tasks.Task.Run(
                () => Parallel.ForEach(missing, new ParallelOptions
                {
                    MaxDegreeOfParallelism = Environment.ProcessorCount,
                    CancellationToken = cancellationToken,
                }, task =>
                {
                    masks[task] = TaskTrainer.Train(
                        Network, MaskRules.Get("threshold"), Recipe,
                        new TrainingJob { Data = tasks.Task(task), Index = task, Stop = cancellationToken }).Mask;
                    AtomicFile.Write(File(task), path => System.IO.File.WriteAllBytes(path, MaskFile.Write(Network, masks[task]!)));
                    stage.Advance(1);
                }),
                cancellationToken));
        }

        return new BenchTasks(mnist, masks!);
    }

    /// <summary>A task's data.</summary>
    public ClassificationTask Task(int task) => new PermutedFamily().Make(_mnist, Seed, task);

    /// <summary>k masks: the trained ones, then those made of them.</summary>
    public IEnumerable<TaskMask> Masks(int count) => Masks(0, count);

    /// <summary>Some of them.</summary>
    /// <param name="first">The first one's number.</param>
    /// <param name="count">How many.</param>
    public IEnumerable<TaskMask> Masks(int first, int count) =>
        Enumerable.Range(first, count).Select(task => task < Trained.Count ? Trained[task] : Moved(task));

    /// <summary>Test images, each of the task of its number: [images, in].</summary>
    /// <param name="images">How many; image n is of trained task n mod the number of these.</param>
    public float[] Images(int images)
    {
        float[] inputs = new float[images * Network.Plan.Inputs];
        ClassificationTask[] tasks = [.. Enumerable.Range(0, Math.Min(images, Trained.Count)).Select(Task)];
        for (int n = 0; n < images; n++)
            tasks[n % tasks.Length].Test(n % tasks[0].TestCount, 1).Inputs.CopyTo(inputs, n * Network.Plan.Inputs);
        return inputs;
    }

    private TaskMask Moved(int task)
    {
        TaskMask first = Trained[task % Trained.Count];
        TaskMask others = Trained[(task / Trained.Count * 7 + task) % Trained.Count];
        byte[] bits = new byte[Network.Shape.PackedBytes];
        int by = 1 + (task / Trained.Count % (BytesPerRow - 1));
        ReadOnlySpan<byte> source = first.Layer(0);
        for (int row = 0; row < source.Length; row += BytesPerRow)
        {
            source.Slice(row + by, BytesPerRow - by).CopyTo(bits.AsSpan(row));
            source.Slice(row, by).CopyTo(bits.AsSpan(row + BytesPerRow - by));
        }

        int start = source.Length;
        for (int l = 1; l < Network.Shape.Layers.Length; l++)
        {
            others.Layer(l).CopyTo(bits.AsSpan(start));
            start += others.Layer(l).Length;
        }

        return new TaskMask(Network.Shape, bits);
    }
}
