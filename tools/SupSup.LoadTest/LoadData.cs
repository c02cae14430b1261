using SupSup.Core.Datasets;
using SupSup.Core.Random;
using SupSup.Core.Tasks;
using SupSup.Core.Training;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.LoadTest;

/// <summary>The data of the load: the silos' own tasks, made here as well, to stream them and to ask about them.</summary>
/// <param name="dataset">The images.</param>
/// <param name="options">Seed and recipe.</param>
internal sealed class LoadData(Dataset dataset, LoadOptions options)
{
    private readonly Recipe _recipe = Recipes.Get(options.Recipe) with { Batches = options.Batches };

    public Recipe Recipe => _recipe;

    /// <summary>A task's data.</summary>
    public ClassificationTask Task(int task) => TaskFamilies.Get("permuted").Make(dataset, options.Seed, task);

    /// <summary>The order of a task whose data the silo makes, or whose batches are streamed to it.</summary>
    public TrainingOrder Order(int task, bool streamed) => new()
    {
        Data = streamed ? null : new TaskData { Dataset = options.Dataset, Family = "permuted", Seed = options.Seed, Index = task },
        Recipe = options.Recipe,
        Batches = options.Batches,
    };

    /// <summary>The batches of a task from a number on: the same as the silo would make, so that the mask is the same too.</summary>
    public IEnumerable<LabelledBatch> Batches(int task, int from)
    {
        ClassificationTask data = Task(task);
        BatchOrder order = new(data.TrainCount, TaskSeed.Derive(options.Seed, task));
        int[] indices = new int[_recipe.BatchSize];
        for (int number = 0; number < _recipe.Batches; number++)
        {
            order.Next(indices);
            if (number < from) continue;
            float[] values = new float[indices.Length * data.Inputs];
            int[] labels = new int[indices.Length];
            data.FillTrain(indices, values, labels);
            yield return new LabelledBatch { Inputs = new InputBatch { Rows = indices.Length, Values = values }, Labels = labels };
        }
    }

    /// <summary>Test images of a task.</summary>
    /// <param name="task">Task index.</param>
    /// <param name="start">First image; wraps around.</param>
    /// <param name="rows">How many.</param>
    public InputBatch Images(int task, int start, int rows)
    {
        ClassificationTask data = Task(task);
        return new InputBatch { Rows = rows, Values = data.Test(start % (data.TestCount - rows + 1), rows).Inputs };
    }
}
