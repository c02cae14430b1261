using SupSup.Core.Engines;
using SupSup.Core.Inference;
using SupSup.Core.TaskInference;
using SupSup.Core.Tasks;
using SupSup.Experiments.Configuration;
using SupSup.Experiments.Learners;

namespace SupSup.Experiments.Suites;

/// <summary>Queries of one size about the first tasks of a sequence, as many about each.</summary>
internal sealed class SuiteQueries
{
    private readonly List<float[]> _inputs = [];
    private readonly List<int> _labels = [];
    private readonly List<int> _tasks = [];

    /// <summary>Takes the first test images of each task.</summary>
    /// <param name="sequence">The tasks.</param>
    /// <param name="first">The first of them.</param>
    /// <param name="tasks">How many of them.</param>
    /// <param name="each">Queries about each, at least one and at most as many as it has test images for.</param>
    /// <param name="images">Images of a query.</param>
    public SuiteQueries(TaskSequence sequence, int first, int tasks, int each, int images)
    {
        Images = images;
        for (int n = first; n < first + tasks; n++)
        {
            ClassificationTask task = sequence[n];
            int queries = Math.Clamp(each, 1, task.TestCount / images);
            (float[] inputs, int[] labels) = task.Test(0, queries * images);
            _inputs.AddRange(inputs.Chunk(images * task.Inputs));
            _labels.AddRange(labels);
            _tasks.AddRange(Enumerable.Repeat(n, queries));
        }
    }

    /// <summary>Number of queries.</summary>
    public int Count => _tasks.Count;

    /// <summary>Images of a query.</summary>
    public int Images { get; }

    /// <summary>The true task of each query.</summary>
    public IReadOnlyList<int> Tasks => _tasks;

    /// <summary>The inputs of some queries, one after another.</summary>
    public float[] Inputs(int from, int count) => [.. _inputs.Skip(from).Take(count).SelectMany(query => query)];

    /// <summary>Share of images that are right when each query is answered with a task.</summary>
    /// <param name="masks">The masks.</param>
    /// <param name="answers">The tasks.</param>
    /// <param name="scenario">Whether a wrong task can be right.</param>
    public double Accuracy(Superposition masks, IReadOnlyList<int> answers, Scenario scenario)
    {
        int right = 0;
        IEnumerable<int> open = Enumerable.Range(0, Count).Where(query => scenario != Scenario.GNu || answers[query] == _tasks[query]);
        foreach (IGrouping<int, int> same in open.GroupBy(query => answers[query]))
        {
            using IMaskedNetwork network = NetworkEngines.Open(masks.Network, masks.Masks[same.Key]);
            foreach (int query in same)
            {
                MaskPrediction[] read = network.Predict(_inputs[query], Images, masks.Classes);
                right += read.Where((image, n) => image.Class == _labels[(query * Images) + n]).Count();
            }
        }

        return (double)right / _labels.Count;
    }
}
