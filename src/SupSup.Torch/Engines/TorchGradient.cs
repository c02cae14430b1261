using SupSup.Core.Inference;
using SupSup.Core.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace SupSup.Torch.Engines;

/// <summary>The gradient of an objective over all weights of a plan, on the processor.</summary>
internal static class TorchGradient
{
    /// <summary>Differentiates the mean objective of a batch, normalised by its own statistics.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="weights">Per layer [out · in].</param>
    /// <param name="inputs">Normalised inputs [rows, in].</param>
    /// <param name="objective">The objective.</param>
    /// <param name="classes">Number of real classes.</param>
    /// <returns>Per layer [out · in].</returns>
    public static float[][] Of(
        NetworkPlan plan, IReadOnlyList<float[]> weights, ReadOnlySpan<float> inputs, IObjective objective, int classes)
    {
        (int rows, int outputs) = (inputs.Length / plan.Inputs, plan.Outputs);
        if (rows < 1 || rows * plan.Inputs != inputs.Length)
            throw new ArgumentException($"{inputs.Length} values are no rows of {plan.Inputs} inputs for network {plan}");
        set_num_threads(1); // of the calling thread
        using DisposeScope scope = NewDisposeScope();
        PlanStep[] weighted = [.. plan.Leaves.Where(static step => step.Masked is not null)];
        Tensor[] leaves =
        [
            .. weighted.Select((step, l) =>
                tensor(weights[l], PlanPass.WeightSizes(step), float32, CPU).requires_grad_(true)),
        ];
        Tensor logits = PlanPass.Run(
            plan, tensor(inputs.ToArray(), [rows, plan.Inputs], float32, CPU), leaves, PlanPass.InitialStatistics(plan, CPU),
            training: true);
        float[] values = logits.detach().data<float>().ToArray();
        float[] gradients = new float[values.Length];
        for (int row = 0; row < rows; row++)
            objective.Differentiate(values.AsSpan(row * outputs, outputs), classes, gradients.AsSpan(row * outputs, outputs));
        for (int n = 0; n < gradients.Length; n++) gradients[n] /= rows;
        logits.backward([tensor(gradients, [rows, outputs], float32, CPU)]);
        return [.. leaves.Select(static leaf => leaf.grad!.contiguous().data<float>().ToArray())];
    }
}
