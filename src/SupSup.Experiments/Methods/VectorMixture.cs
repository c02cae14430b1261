using SupSup.Core.Inference;
using TorchSharp;
using static TorchSharp.torch;

namespace SupSup.Experiments.Methods;

/// <summary>
/// One-shot for tasks that differ in rank-one vectors (paper, appendix C): all k tasks of BatchE at once, f(x; W ⊙ Σ α_i r_i s_iᵀ) at
/// α = 1/k. A task's score is -∂(objective)/∂α_i = -Σ_layers ((r_i ⊙ a)ᵀ W) · (s_i ⊙ δ), with a layer's input a and the gradient δ at
/// its output. Of chains only.
/// </summary>
/// <param name="weights">W of each layer, [fan-in, out].</param>
/// <param name="tasks">Of each task its vectors: of each layer r [in], then s [out].</param>
/// <param name="objective">What is differentiated.</param>
/// <param name="layers">Which layers' terms are summed.</param>
internal sealed class VectorMixture(
    IReadOnlyList<float[]> weights, IReadOnlyList<float[][]> tasks, IObjective objective, LayerSelection layers)
{
    /// <summary>The vectors of the task that a network was trained for.</summary>
    public static float[][] Of(RivalNetwork network) => [.. network.Layers.SelectMany(static layer => new[]
    {
        layer.InputVector!.data<float>().ToArray(), layer.OutputVector!.data<float>().ToArray(),
    })];

    /// <summary>Scores the tasks for each of some rows.</summary>
    /// <param name="inputs">Normalised inputs [rows, in].</param>
    /// <param name="rows">Number of rows.</param>
    /// <returns>[rows · k]: the larger, the more the task's coefficient should grow.</returns>
    public float[] Scores(float[] inputs, int rows)
    {
        set_num_threads(1);
        using DisposeScope scope = NewDisposeScope();
        using IDisposable constant = no_grad();
        Tensor[] fixedWeights = [.. weights.Select((layer, l) => tensor(layer, [Inputs(l), Outputs(l)]))];
        Tensor[] mixed = [.. fixedWeights.Select((layer, l) => layer * Stacked(2 * l, 1f / tasks.Count).t().mm(Stacked((2 * l) + 1, 1)))];
        List<Tensor> below = [tensor(inputs, [rows, Inputs(0)])];
        for (int l = 0; l < mixed.Length - 1; l++) below.Add(below[l].mm(mixed[l]).relu());
        Tensor back = Differentiated(below[^1].mm(mixed[^1]), rows);
        float[] scores = new float[rows * tasks.Count];
        for (int l = mixed.Length - 1; l >= 0; l--)
        {
            if (l == 0 || layers == LayerSelection.All) Add(fixedWeights[l], below[l], back, l, scores);
            if (l > 0) back = back.mm(mixed[l].t()) * below[l].sign();
        }

        return scores;
    }

    private int Inputs(int layer) => tasks[0][2 * layer].Length;

    private int Outputs(int layer) => tasks[0][(2 * layer) + 1].Length;

    private Tensor Stacked(int vector, float scale) =>
        tensor([.. tasks.SelectMany(task => task[vector]).Select(value => value * scale)], [tasks.Count, tasks[0][vector].Length]);

    // The gradient at the outputs, [rows, out].
    private Tensor Differentiated(Tensor logits, int rows)
    {
        float[] values = [.. logits.data<float>()];
        float[] gradients = new float[values.Length];
        int outputs = values.Length / rows;
        for (int row = 0; row < rows; row++)
            objective.Differentiate(values.AsSpan(row * outputs, outputs), outputs, gradients.AsSpan(row * outputs, outputs));
        return tensor(gradients, [rows, outputs]);
    }

    private void Add(Tensor layer, Tensor below, Tensor back, int l, float[] scores)
    {
        for (int task = 0; task < tasks.Count; task++)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor term = ((below * tensor(tasks[task][2 * l])).mm(layer) * back * tensor(tasks[task][(2 * l) + 1])).sum(1);
            foreach ((int row, float value) in term.data<float>().Index()) scores[(row * tasks.Count) + task] -= value;
        }
    }
}
