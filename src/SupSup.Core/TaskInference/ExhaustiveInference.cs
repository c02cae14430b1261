using SupSup.Core.Engines;
using SupSup.Core.Inference;

namespace SupSup.Core.TaskInference;

/// <summary>Runs every mask and takes the one with the greatest value. The yardstick, at k forward passes a query.</summary>
/// <param name="name">The name by which experiments refer to it.</param>
/// <param name="description">One line on what it does.</param>
/// <param name="value">What a mask is worth for a query, by what it says of its images and what is to be taken from its evidence.</param>
public sealed class ExhaustiveInference(string name, string description, Func<MaskPrediction[], double, double> value) : ITaskInference
{
    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public string Description => description;

    // Each mask's network is built again for every call.
    /// <inheritdoc/>
    public int QueriesAtOnce => 4096;

    /// <inheritdoc/>
    public InferredTask[] Infer(Superposition tasks, ReadOnlySpan<float> inputs, InferenceSettings settings)
    {
        int queries = TaskInferences.Queries(tasks, inputs, settings);
        int images = queries * settings.ImagesPerQuery;
        InferredTask[] answers = new InferredTask[queries];
        double[] greatest = new double[queries];
        Array.Fill(greatest, double.NegativeInfinity);
        for (int task = 0; task < tasks.Masks.Length; task++)
        {
            using IMaskedNetwork network = NetworkEngines.Open(tasks.Network, tasks.Masks[task]);
            MaskPrediction[] predictions = network.Predict(inputs, images, tasks.Classes);
            for (int query = 0; query < queries; query++)
            {
                int first = query * settings.ImagesPerQuery;
                double worth = value(predictions[first..(first + settings.ImagesPerQuery)], tasks.Allowances[task]);
                if (worth <= greatest[query]) continue;
                (greatest[query], answers[query]) = (worth, new InferredTask(task, double.NaN));
            }
        }

        return answers;
    }
}
