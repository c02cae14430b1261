using System.Collections.Immutable;
using SupSup.Core.Datasets;
using SupSup.Core.Networks;
using SupSup.Core.Random;
using SupSup.Core.Tasks;
using SupSup.Core.Training;
using SupSup.Experiments.Learners;
using SupSup.Experiments.Running;
using SupSup.Reference;
using TorchSharp;
using static TorchSharp.torch;

namespace SupSup.Experiments.Walkthrough;

/// <summary>
/// Walks through the method with the readable reference: trains a mask for each of some permuted tasks, superimposes them, and asks which
/// task pictures belong to. Notes on the way what docs/method.md draws.
/// </summary>
/// <param name="settings">What is trained and asked.</param>
/// <param name="dataset">Grey pictures.</param>
/// <param name="display">Hears how far it is.</param>
public sealed class WalkthroughRun(WalkthroughSettings settings, Dataset dataset, IRunDisplay display)
{
    // A training is looked at as many times, at equal distances.
    private const int Looks = 30;

    private readonly ExampleShape.Pixels _shape = dataset.Shape is ExampleShape.Pixels { Channels: 1 } pixels
        ? pixels : throw new ArgumentException($"{dataset.Name} has {dataset.Shape}, no grey pictures; use mnist or fashion-mnist");

    private readonly ClassificationTask[] _tasks =
        [.. Enumerable.Range(0, settings.Tasks).Select(task => new PermutedFamily().Make(dataset, settings.Seed, task))];

    private readonly FixedNetwork _weights = new(settings.Plan(dataset.Shape.Length), settings.Seed);
    private readonly List<double> _losses = [];
    private readonly List<MaskMoment> _moments = [];

    /// <summary>Walks through it.</summary>
    /// <param name="cancellationToken">Stops; nothing is kept.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public async Task<WalkthroughRecord> RunAsync(CancellationToken cancellationToken)
    {
        using SupermaskNetwork network = new(_weights);
        Tensor[][] masks = new Tensor[settings.Tasks][];
        await display.RunAsync("training masks", settings.Tasks, stage => Task.Run(
            () =>
            {
                for (int task = 0; task < masks.Length; task++)
                {
                    masks[task] = Train(network, task, cancellationToken);
                    stage.Advance(1);
                }
            },
            cancellationToken));
        WalkthroughRecord? record = null;
        await display.RunAsync("asking for tasks", settings.Tasks, stage => Task.Run(
            () => record = Ask(network, masks, stage, cancellationToken), cancellationToken));
        Free(masks.SelectMany(mask => mask));
        return record!;
    }

    private Tensor[] Train(SupermaskNetwork network, int task, CancellationToken cancellationToken)
    {
        set_num_threads(1); // of the calling thread: layers are too small to share
        Recipe recipe = settings.Recipe;
        ulong seed = TaskSeed.Derive(settings.Seed, task);
        using MaskTraining training = new(network, recipe, InitialScores.Seed(_weights, recipe, seed));
        using TrainingBatches batches = new(_tasks[task], recipe, seed);
        Tensor[] start = training.Mask();
        float[] pixels = new float[recipe.BatchSize * _tasks[task].Inputs];
        int[] classes = new int[recipe.BatchSize];
        bool isShown = task == settings.ShownTask;
        if (isShown) _moments.Add(Look(network, start, start, 0));
        for (int batch = 1; batch <= recipe.Batches; batch++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            batches.Next(pixels, classes);
            using Tensor inputs = network.Inputs(pixels);
            using Tensor labels = tensor([.. classes.Select(label => (long)label)]);
            float loss = training.Step(inputs, labels);
            if (!isShown) continue;
            _losses.Add(loss);
            if (batch % Math.Max(1, recipe.Batches / Looks) != 0 && batch != recipe.Batches) continue;
            Tensor[] mask = training.Mask();
            _moments.Add(Look(network, mask, start, batch));
            Free(mask);
        }

        Free(start);
        return training.Mask();
    }

    private MaskMoment Look(SupermaskNetwork network, Tensor[] mask, Tensor[] start, int batches)
    {
        ClassificationTask task = _tasks[settings.ShownTask];
        bool[][] changed = [.. mask.Zip(start, (now, then) => Bits(now).Zip(Bits(then), (one, other) => one != other).ToArray())];
        double[] ofPixels = new double[_shape.Plane];
        int units = changed[0].Length / _shape.Plane;
        for (int n = 0; n < changed[0].Length; n++)
            if (changed[0][n]) ofPixels[task.Source[n % _shape.Plane]] += 1.0 / units;
        return new MaskMoment(
            batches, Accuracy(network, mask, task), [.. changed.Select(layer => layer.Average(bit => bit ? 1.0 : 0))], [.. ofPixels]);
    }

    private WalkthroughRecord Ask(SupermaskNetwork network, Tensor[][] masks, IStageProgress stage, CancellationToken cancellationToken)
    {
        set_num_threads(1);
        using SuperimposedMasks superimposed = new(network, masks);
        int found = 0;
        double[][] means = new double[masks.Length][];
        for (int task = 0; task < masks.Length; task++)
        {
            double[][] descents = [.. Enumerable.Range(0, settings.Queries).Select(image => Descent(network, superimposed, task, image))];
            cancellationToken.ThrowIfCancellationRequested();
            found += descents.Count(descent => Array.IndexOf(descent, descent.Max()) == task);
            double[][] standard = [.. descents.Select(Standardized)];
            means[task] = [.. Enumerable.Range(0, masks.Length).Select(mask => standard.Average(descent => descent[mask]))];
            stage.Advance(1);
        }

        ClassificationTask shown = _tasks[settings.ShownTask];
        using DisposeScope scope = NewDisposeScope();
        Tensor inputs = network.Inputs(shown.Test(0, 1).Inputs);
        ReadOnlySpan<byte> levels = dataset.Test.Image(shown.TestImage(0));
        double[] picture = new double[_shape.Plane];
        for (int n = 0; n < picture.Length; n++) picture[n] = levels[n] / 255.0;
        return new WalkthroughRecord
        {
            Settings = settings,
            Shape = _shape,
            Classes = dataset.Classes,
            Losses = [.. _losses],
            Moments = [.. _moments],
            UnitMasks = [.. masks.Select(mask => Bits(mask[0]).Take(_shape.Plane).ToImmutableArray())],
            Accuracies = [.. masks.Select((mask, task) => Accuracy(network, mask, _tasks[task]))],
            Picture = [.. picture],
            Seen = [.. shown.Source.Select(pixel => picture[pixel])],
            Label = shown.Test(0, 1).Labels[0],
            Superimposed = Probabilities(network, inputs, Mean(masks)),
            Alone = [.. masks.Select(mask => Probabilities(network, inputs, mask))],
            Descent = [.. Descent(network, superimposed, settings.ShownTask, 0)],
            MeanDescents = [.. means.Select(mean => mean.ToImmutableArray())],
            Found = found,
        };
    }

    private double[] Descent(SupermaskNetwork network, SuperimposedMasks superimposed, int task, int image)
    {
        using Tensor inputs = network.Inputs(_tasks[task].Test(image, 1).Inputs);
        return [.. superimposed.Gradient(inputs, TaskObjective.H).Select(derivative => -derivative)];
    }

    private double Accuracy(SupermaskNetwork network, Tensor[] mask, ClassificationTask task)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable constant = no_grad();
        (float[] pixels, int[] labels) = task.Test(0, Math.Min(settings.TestImages, task.TestCount));
        Tensor logits = network.Forward(network.Inputs(pixels), mask);
        return logits.argmax(1).data<long>().Zip(labels).Count(pair => pair.First == pair.Second) / (double)labels.Length;
    }

    private static ImmutableArray<double> Probabilities(SupermaskNetwork network, Tensor inputs, Tensor[] masks)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable constant = no_grad();
        return [.. nn.functional.softmax(network.Forward(inputs, masks), 1).to(ScalarType.Float64).data<double>()];
    }

    // Σ α_i M_i of each layer, each α being 1/k.
    private static Tensor[] Mean(Tensor[][] masks) =>
        [.. masks[0].Select((_, layer) => stack(masks.Select(mask => mask[layer])).mean([0]))];

    private static void Free(IEnumerable<Tensor> mask)
    {
        foreach (Tensor layer in mask) layer.Dispose();
    }

    private static bool[] Bits(Tensor mask) => [.. mask.data<float>().Select(value => value > 0)];

    private static double[] Standardized(double[] values)
    {
        double mean = values.Average();
        double deviation = Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
        return [.. values.Select(value => deviation > 0 ? (value - mean) / deviation : 0)];
    }
}
