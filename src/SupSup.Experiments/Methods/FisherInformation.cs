using SupSup.Core.Tasks;
using TorchSharp;
using static TorchSharp.torch;

namespace SupSup.Experiments.Methods;

/// <summary>
/// How much each weight of a chain matters to what it says of some examples: the diagonal of the Fisher information,
/// E (∂ log p(c|x) / ∂w)², the mean over examples and, by their probabilities, over all classes c. The gradient of one example is the
/// product of a layer's input and of what comes back to its output, so that squares of both are multiplied for all examples at once.
/// </summary>
internal static class FisherInformation
{
    // Evenly spread over the training data; more change the mean little.
    private const int Examples = 1024;

    /// <summary>Measures it.</summary>
    /// <param name="network">A chain of linear layers.</param>
    /// <param name="data">The task, of whose training data it is measured.</param>
    /// <returns>Of each layer [fan-in, out].</returns>
    public static float[][] Of(RivalNetwork network, ClassificationTask data)
    {
        int rows = Math.Min(Examples, data.TrainCount);
        float[] inputs = new float[rows * data.Inputs];
        data.FillTrain([.. Enumerable.Range(0, rows).Select(n => (int)((long)n * data.TrainCount / rows))], inputs, new int[rows]);
        return Of([.. network.Layers.Select(layer => layer.Weights)], inputs, rows);
    }

    /// <summary>Measures it on rows.</summary>
    /// <param name="weights">Of each layer [fan-in, out].</param>
    /// <param name="inputs">Normalised inputs [rows, in].</param>
    /// <param name="rows">Number of rows.</param>
    public static float[][] Of(IReadOnlyList<Tensor> weights, float[] inputs, int rows)
    {
        set_num_threads(1);
        using DisposeScope scope = NewDisposeScope();
        using IDisposable constant = no_grad();
        List<Tensor> below = [tensor(inputs, [rows, inputs.Length / rows])];
        for (int l = 0; l < weights.Count - 1; l++) below.Add(below[l].mm(weights[l]).relu());
        Tensor shares = nn.functional.softmax(below[^1].mm(weights[^1]), 1);
        float[][] sums = [.. weights.Select(layer => new float[layer.numel()])];
        int classes = (int)shares.shape[1];
        for (int c = 0; c < classes; c++)
        {
            using DisposeScope each = NewDisposeScope();
            Tensor share = shares[.., c..(c + 1)];
            Tensor back = tensor([.. Enumerable.Range(0, classes).Select(n => n == c ? 1f : 0)]) - shares;
            for (int l = weights.Count - 1; l >= 0; l--)
            {
                Tensor squares = (below[l] * below[l]).t().mm(back * back * share);
                foreach ((int n, float value) in squares.contiguous().data<float>().Index()) sums[l][n] += value / rows;
                if (l > 0) back = back.mm(weights[l].t()) * below[l].sign();
            }
        }

        return sums;
    }
}
