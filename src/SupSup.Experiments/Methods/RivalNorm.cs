using SupSup.Core.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SupSup.Experiments.Methods;

/// <summary>Batch normalisation with scale and shift. Running statistics are those of the task in training.</summary>
internal sealed class RivalNorm : nn.Module<Tensor, Tensor>
{
    private readonly bool _ofBatch;
    private readonly Parameter _scale;
    private readonly Parameter _shift;
    private readonly Tensor _means;
    private readonly Tensor _variances;

    /// <param name="step">Where it is.</param>
    /// <param name="values">As of <see cref="Read"/>.</param>
    /// <param name="trained">Whether scale and shift are trained.</param>
    public RivalNorm(PlanStep.Normalize step, float[] values, bool trained)
        : base(nameof(RivalNorm))
    {
        _ofBatch = step.OfBatch;
        Tensor[] parts = [.. values.Chunk(step.Channels).Select(static part => tensor(part))];
        (_scale, _shift) = (nn.Parameter(parts[0], trained), nn.Parameter(parts[1], trained));
        (_means, _variances) = (parts[2], parts[3]);
        RegisterComponents();
    }

    /// <summary>Of each channel the scale, then the shifts, running means and variances of all.</summary>
    public float[] Read() => [.. _scale.data<float>(), .. _shift.data<float>(), .. _means.data<float>(), .. _variances.data<float>()];

    /// <summary>What a normalisation begins with: 1, 0, 0 and 1.</summary>
    /// <param name="step">The normalisation.</param>
    public static float[] Initial(PlanStep.Normalize step) =>
        [.. new[] { 1f, 0, 0, 1 }.SelectMany(value => Enumerable.Repeat(value, step.Channels))];

    public override Tensor forward(Tensor input) => nn.functional.batch_norm(
        input,
        _ofBatch ? null : _means,
        _ofBatch ? null : _variances,
        _scale,
        _shift,
        training || _ofBatch,
        PlanStep.Normalize.Momentum,
        PlanStep.Normalize.Epsilon);
}
