using SupSup.Core.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace SupSup.Experiments.Methods;

/// <summary>A rival's network: layers without biases, ReLU between them.</summary>
internal sealed class RivalNetwork : nn.Module<Tensor, Tensor>
{
    public RivalNetwork(NetworkPlan plan, Func<int, RivalLayer> layer)
        : base(nameof(RivalNetwork))
    {
        Plan = plan;
        Layers = [.. Enumerable.Range(0, plan.Shape.Layers.Length).Select(layer)];
        for (int l = 0; l < Layers.Count; l++) register_module($"layer{l}", Layers[l]);
    }

    public NetworkPlan Plan { get; }

    public IReadOnlyList<RivalLayer> Layers { get; }

    public override Tensor forward(Tensor input) =>
        Layers.Skip(1).Aggregate(Layers[0].call(input), (below, layer) => layer.call(nn.functional.relu(below)));

    /// <summary>The output with the largest value, of each row.</summary>
    /// <param name="inputs">Normalised inputs [rows, in].</param>
    /// <param name="rows">Number of rows.</param>
    /// <exception cref="ArgumentException">The inputs are not rows × in.</exception>
    public int[] Predict(float[] inputs, int rows)
    {
        if (inputs.Length != (long)rows * Plan.Inputs)
            throw new ArgumentException(
                $"{rows} rows of network {Plan} need {(long)rows * Plan.Inputs} input values, not {inputs.Length}");
        set_num_threads(1);
        using DisposeScope scope = NewDisposeScope();
        using IDisposable constant = no_grad();
        return [.. call(tensor(inputs, [rows, Plan.Inputs])).argmax(1).data<long>().Select(static label => (int)label)];
    }

    /// <summary>W of each layer, [in, out].</summary>
    public float[][] ReadWeights() => [.. Layers.Select(static layer => layer.Weights.data<float>().ToArray())];
}
