using SupSup.Core.Networks;
using SupSup.Reference;
using SupSup.Torch.Engines;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SupSup.Experiments.Methods;

/// <summary>A rival's network: a plan whose layers and normalisations are the rival's.</summary>
internal sealed class RivalNetwork : nn.Module<Tensor, Tensor>
{
    private readonly PlanModule _module;

    /// <summary>Builds it.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="weights">As of <see cref="ReadWeights"/>.</param>
    /// <param name="trained">Which of them are trained.</param>
    /// <param name="vectors">r and s of a layer, by its index; null for none.</param>
    /// <param name="rotation">Oᵀ of a layer, by its index; null for none.</param>
    public RivalNetwork(
        NetworkPlan plan,
        IReadOnlyList<float[]> weights,
        TrainedWeights trained = TrainedWeights.All,
        Func<int, (float[] Inputs, float[] Outputs)>? vectors = null,
        Func<int, Tensor?>? rotation = null)
        : base(nameof(RivalNetwork))
    {
        Plan = plan;
        (int layers, int norms) = (plan.Shape.Layers.Length, 0);
        _module = new PlanModule(
            plan,
            (step, l) => new RivalLayer(step, weights[l], Trains(l), vectors?.Invoke(l), rotation?.Invoke(l)),
            step => new RivalNorm(step, weights[layers + norms++], trained == TrainedWeights.All));
        (Layers, Norms) = ([.. _module.Leaves.OfType<RivalLayer>()], [.. _module.Leaves.OfType<RivalNorm>()]);
        register_module("plan", _module);

        bool Trains(int layer) => trained == TrainedWeights.All || (trained == TrainedWeights.Head && layer == layers - 1);
    }

    public NetworkPlan Plan { get; }

    public IReadOnlyList<RivalLayer> Layers { get; }

    public IReadOnlyList<RivalNorm> Norms { get; }

    /// <summary>What is trained of each layer, then of each normalisation.</summary>
    public IEnumerable<IEnumerable<Parameter>> Trained =>
        Layers.Concat<nn.Module>(Norms).Select(static module => module.parameters().Where(static parameter => parameter.requires_grad));

    /// <summary>The logits [rows, outputs].</summary>
    public override Tensor forward(Tensor input) => _module.call(Planes.Of(input, Plan.Input));

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
        eval();
        return [.. call(tensor(inputs, [rows, Plan.Inputs])).argmax(1).data<long>().Select(static label => (int)label)];
    }

    /// <summary>W of each layer, [fan-in, out], then the values of each normalisation, <see cref="RivalNorm.Read"/>.</summary>
    public float[][] ReadWeights() =>
        [.. Layers.Select(static layer => layer.Weights.data<float>().ToArray()), .. Norms.Select(static norm => norm.Read())];
}
