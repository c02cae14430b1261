using SupSup.Core.Engines;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Tasks;

namespace SupSup.Core.Training;

/// <summary>Tries the mask of a training on examples that were held back, now and then, and keeps the best.</summary>
public sealed class MaskValidation
{
    /// <summary>Validations of a whole training.</summary>
    public const int Times = 50;

    private readonly FixedNetwork _network;
    private readonly Recipe _recipe;
    private readonly IEnumerable<ExampleChunk> _chunks;
    private readonly int _examples;
    private readonly int _classes;

    /// <summary>Prepares the examples.</summary>
    /// <param name="network">The shared network.</param>
    /// <param name="recipe">The recipe.</param>
    /// <param name="task">The task.</param>
    /// <param name="examples">Which of its training examples were held back, one at least.</param>
    /// <param name="best">The best mask so far, of a training that goes on.</param>
    public MaskValidation(FixedNetwork network, Recipe recipe, ClassificationTask task, int[] examples, ValidatedMask? best)
    {
        (_network, _recipe, _classes, _examples, Best) = (network, recipe, task.Classes, examples.Length, best);
        IEnumerable<ExampleChunk> chunks = ExampleChunk.Of(task, examples);
        _chunks = task.Dataset.Train.Source is null ? [.. chunks] : chunks; // images that are streamed are so each time
    }

    /// <summary>The best mask so far; null before the first validation.</summary>
    public ValidatedMask? Best { get; private set; }

    /// <summary>Whether the training is to stop.</summary>
    public bool IsOver => _recipe.Patience > 0 && Best?.Since >= _recipe.Patience;

    /// <summary>Batches from one validation to the next.</summary>
    /// <param name="recipe">The recipe.</param>
    public static int Every(Recipe recipe) => Math.Max(1, recipe.Batches / Times);

    /// <summary>Validates, if it is time to.</summary>
    /// <param name="done">Batches trained.</param>
    /// <param name="loss">Loss of the last, in nats.</param>
    /// <param name="mask">The mask as it stands.</param>
    public void After(int done, float loss, Func<TaskMask> mask)
    {
        if (done % Every(_recipe) != 0 && done != _recipe.Batches) return;
        TaskMask now = mask();
        double accuracy = Accuracy(now), greatest = Math.Max(accuracy, Best?.Accuracy ?? 0);

        // Few examples are held back, and the best of fifty tries is best by luck. Within two standard errors of it the mask that has seen
        // more is the better bet.
        double error = Math.Sqrt(greatest * (1 - greatest) / _examples);
        if (accuracy >= greatest - (2 * error)) Best = new(now.Bits.ToArray(), greatest, loss, done, 0) { Statistics = now.Statistics };
        else Best = Best! with { Since = Best.Since + 1 };
    }

    /// <summary>The evidence that a mask which was not trained on the examples has for them.</summary>
    /// <param name="mask">The mask.</param>
    public double[] Evidence(TaskMask mask)
    {
        using IMaskedNetwork masked = NetworkEngines.Open(_network, mask);
        return [.. _chunks.SelectMany(chunk => chunk.Read(masked, _classes)).Select(prediction => prediction.Evidence)];
    }

    private double Accuracy(TaskMask mask)
    {
        using IMaskedNetwork masked = NetworkEngines.Open(_network, mask);
        (int[] right, int[] all) = (new int[_classes], new int[_classes]);
        foreach (ExampleChunk chunk in _chunks)
        {
            foreach ((MaskPrediction read, int label) in chunk.Read(masked, _classes).Zip(chunk.Labels))
            {
                all[label]++;
                if (read.Class == label) right[label]++;
            }
        }

        return Enumerable.Range(0, _classes).Where(label => all[label] > 0).Average(label => (double)right[label] / all[label]);
    }
}
