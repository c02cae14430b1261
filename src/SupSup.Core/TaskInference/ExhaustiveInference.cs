using SupSup.Core.Engines;
using SupSup.Core.Networks;

namespace SupSup.Core.TaskInference;

/// <summary>Exhaustive: runs every mask and takes the lowest entropy. The yardstick, at k forward passes a query.</summary>
public sealed class ExhaustiveInference : ITaskInference
{
    /// <inheritdoc/>
    public string Name => "exhaustive";

    /// <inheritdoc/>
    public string Description => "runs every mask and takes the lowest entropy";

    // Each mask's network is built again for every call.
    /// <inheritdoc/>
    public int QueriesAtOnce => 4096;

    /// <inheritdoc/>
    public InferredTask[] Infer(Superposition tasks, ReadOnlySpan<float> inputs, InferenceSettings settings)
    {
        int queries = TaskInferences.Queries(tasks, inputs, settings);
        int images = queries * settings.ImagesPerQuery;
        InferredTask[] answers = new InferredTask[queries];
        double[] lowest = new double[queries];
        Array.Fill(lowest, double.PositiveInfinity);
        for (int task = 0; task < tasks.Masks.Length; task++)
        {
            using IMaskedNetwork network = NetworkEngines.Open(tasks.Network, tasks.Masks[task]);
            double[] entropies = network.Predict(inputs, images, tasks.Classes).Entropies;
            for (int query = 0; query < queries; query++)
            {
                double entropy = 0;
                for (int n = 0; n < settings.ImagesPerQuery; n++) entropy += entropies[(query * settings.ImagesPerQuery) + n];
                if (entropy >= lowest[query]) continue;
                (lowest[query], answers[query]) = (entropy, new InferredTask(task, double.NaN));
            }
        }

        return answers;
    }
}
