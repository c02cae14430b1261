using SupSup.Core.Datasets;
using SupSup.Core.Tasks;

namespace SupSup.Core.Training;

/// <summary>
/// The batches of a task's training: its examples in their order, augmented as the recipe says. Images that are streamed are decoded on
/// several threads ahead of the training, never more than <see cref="MostBytesAhead"/> of them.
/// </summary>
public sealed class TrainingBatches : IDisposable
{
    /// <summary>Bytes of images that may be decoded ahead; an image at least on each thread.</summary>
    public const int MostBytesAhead = 1 << 26;

    private readonly ClassificationTask _data;
    private readonly IAugmentation? _augmentation;
    private readonly ulong _taskSeed;
    private readonly double _rotatedShare;
    private readonly BatchOrder _order;
    private readonly int[] _indices;
    private readonly Prefetch<(int Example, int Row), DecodedImage>? _ahead;
    private int _done;

    /// <summary>Starts, or goes on.</summary>
    /// <param name="data">The task.</param>
    /// <param name="recipe">The recipe; its augmentation fits the task.</param>
    /// <param name="taskSeed">The task's seed.</param>
    /// <param name="chosen">Which of the training examples are drawn, some more than once; null for each once.</param>
    /// <param name="done">Batches that the task has seen already.</param>
    public TrainingBatches(ClassificationTask data, Recipe recipe, ulong taskSeed, int[]? chosen = null, int done = 0)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(recipe);
        (_data, _taskSeed, _rotatedShare) = (data, taskSeed, recipe.RotatedShare);
        _augmentation = Augmentations.Get(recipe.Augmentation);
        _order = new(data.TrainCount, taskSeed, chosen);
        _indices = new int[recipe.BatchSize];
        for (; _done < done; _done++) _order.Next(_indices);
        if (data.Dataset.Train.Source is null) return;
        int ahead = Math.Max(Environment.ProcessorCount, Math.Min(2 * recipe.BatchSize, MostBytesAhead / data.Dataset.Shape.Length));
        int[] next = new int[1];
        long count = (long)(recipe.Batches - done) * recipe.BatchSize;
        _ahead = data.Decode(count, ahead, Next, _augmentation, taskSeed, done * recipe.BatchSize);

        int Next()
        {
            _order.Next(next);
            return next[0];
        }
    }

    /// <summary>Makes the next batch.</summary>
    /// <param name="inputs">Receives [batch size, inputs].</param>
    /// <param name="labels">Receives a class per row.</param>
    /// <exception cref="DatasetException">An image is not there any more, or damaged.</exception>
    public void Next(Span<float> inputs, Span<int> labels)
    {
        int first = _done++ * _indices.Length;
        if (_ahead is not null)
        {
            _data.Take(_ahead, inputs, labels);
        }
        else
        {
            _order.Next(_indices);
            _data.FillTrain(_indices, inputs, labels, _augmentation, _taskSeed, first);
        }

        RotatedClasses.Apply(inputs, labels, _data, _rotatedShare, _taskSeed, first);
    }

    /// <inheritdoc/>
    public void Dispose() => _ahead?.Dispose();
}
