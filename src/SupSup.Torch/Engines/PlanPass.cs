using SupSup.Core.Inference;
using SupSup.Core.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace SupSup.Torch.Engines;

/// <summary>
/// One pass through a plan, of one task or of several, each with a batch and weights of its own. Activations are planes [rows, tasks ·
/// channels, rows of a plane, columns]; vectors are planes of one value. What a step does to one channel it so does to those of all tasks;
/// convolutions are grouped by task, and linear layers are batched products.
/// </summary>
internal sealed class PlanPass
{
    private readonly IReadOnlyList<Tensor> _weights;
    private readonly Tensor _statistics;
    private readonly bool _training;
    private readonly int _tasks;
    private int _matrix;
    private int _channel;
    private Tensor? _divergences;

    private PlanPass(IReadOnlyList<Tensor> weights, Tensor statistics, bool training, int tasks) =>
        (_weights, _statistics, _training, _tasks) = (weights, statistics, training, tasks);

    /// <summary>The logits [rows, tasks · s].</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="inputs">Normalised inputs [tasks · rows, in], on the device of the weights.</param>
    /// <param name="weights">Each masked matrix in the shape of <see cref="WeightSizes"/>.</param>
    /// <param name="statistics">Running means and variances of all channels normalised by them, [2, tasks · channels]: of the channels of
    /// one normalisation of the plan those of the first task, then of the next; then those of the next normalisation.</param>
    /// <param name="training">Whether to normalise by the batch, which the statistics then take in.</param>
    /// <param name="tasks">How many tasks.</param>
    /// <exception cref="ArgumentException">The batch has no variance: it is one value a channel.</exception>
    public static Tensor Run(
        NetworkPlan plan, Tensor inputs, IReadOnlyList<Tensor> weights, Tensor statistics, bool training, int tasks = 1)
    {
        PlanPass pass = new(weights, statistics, training, tasks);
        return pass.Run(plan.Steps, Planes.Of(inputs, plan.Input, tasks)).flatten(1);
    }

    /// <summary>The logits [rows, s] of one task, and how far each row's channels are from the task's where they are first normalised by
    /// its statistics, [rows] in nats; null where none are. See <see cref="Evidence.Against"/>.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="inputs">As <see cref="Run(NetworkPlan, Tensor, IReadOnlyList{Tensor}, Tensor, bool, int)"/> takes them.</param>
    /// <param name="weights">The same.</param>
    /// <param name="statistics">The same.</param>
    public static (Tensor Logits, Tensor? Divergences) Measure(
        NetworkPlan plan, Tensor inputs, IReadOnlyList<Tensor> weights, Tensor statistics)
    {
        PlanPass pass = new(weights, statistics, training: false, tasks: 1) { MeasuresDivergence = true };
        Tensor logits = pass.Run(plan.Steps, Planes.Of(inputs, plan.Input, 1)).flatten(1);
        return (logits, pass._divergences);
    }

    /// <summary>The sizes of the tensor that a step takes its weights as: convolutions [tasks · out, in, window, window], linear layers
    /// [tasks, out, in].</summary>
    /// <param name="step">A step that has weights.</param>
    /// <param name="tasks">How many tasks.</param>
    public static long[] WeightSizes(PlanStep step, int tasks = 1) => step switch
    {
        PlanStep.Convolve convolve => [tasks * convolve.Outputs, convolve.Inputs, convolve.Window, convolve.Window],
        PlanStep.Linear linear => [tasks, linear.Weights.Outputs, linear.Weights.FanIn],
        _ => throw new ArgumentException($"step {step} has no weights"),
    };

    /// <summary>Room for the statistics of a plan: means 0, variances 1.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="device">Where.</param>
    /// <param name="tasks">How many tasks.</param>
    public static Tensor InitialStatistics(NetworkPlan plan, Device device, int tasks = 1)
    {
        using DisposeScope scope = NewDisposeScope();
        int channels = tasks * plan.NormalizedChannels;
        return stack([zeros(channels, float32, device), ones(channels, float32, device)]).MoveToOuterDisposeScope();
    }

    private bool MeasuresDivergence { get; init; }

    private Tensor Run(IEnumerable<PlanStep> steps, Tensor input) => steps.Aggregate(input, Run);

    private Tensor Run(Tensor input, PlanStep step) => step switch
    {
        PlanStep.Convolve convolve => nn.functional.conv2d(
            input, _weights[_matrix++], strides: [convolve.Stride, convolve.Stride], padding: [convolve.Padding, convolve.Padding],
            groups: _tasks),
        PlanStep.Linear => Multiply(input, _weights[_matrix++]),
        PlanStep.Normalize normalize => Normalize(input, normalize),
        PlanStep.Relu => nn.functional.relu(input),
        PlanStep.Swish => nn.functional.silu(input),
        PlanStep.MaxPool pool => nn.functional.max_pool2d(input, pool.Window, pool.Stride, pool.Padding),
        PlanStep.Average => nn.functional.adaptive_avg_pool2d(input, 1),
        PlanStep.Flatten => input.reshape(input.shape[0], -1, 1, 1),
        PlanStep.Residual residual => Add(residual, input),
        _ => throw new ArgumentException($"engine torch does not know step {step}"),
    };

    // The body comes first, in the order of the matrices. The scalar is held here: one that the call makes itself may be
    // freed by the finaliser while libtorch reads it.
    private Tensor Add(PlanStep.Residual residual, Tensor input)
    {
        using Scalar one = 1;
        Tensor body = Run(residual.Body, input);
        return body.add(Run(residual.Shortcut, input), one);
    }

    private Tensor Multiply(Tensor input, Tensor weights)
    {
        Tensor byTask = input.reshape(input.shape[0], _tasks, -1).transpose(0, 1);
        return byTask.bmm(weights.transpose(1, 2)).transpose(0, 1).reshape(input.shape[0], -1, 1, 1);
    }

    // The scalars are held here, as above; a sum with a number is a difference, since TorchSharp's sum makes a scalar of its own.
    private static Tensor Diverge(Tensor input, Tensor means, Tensor variances)
    {
        using Scalar epsilon = -PlanStep.Normalize.Epsilon, least = -Evidence.LeastVariance, one = 1, half = 0.5;
        Tensor values = input.flatten(2), own = values.mean([2]).to_type(float64), usual = variances.to_type(float64).sub(epsilon);
        Tensor ratio = values.var(2, unbiased: false).to_type(float64).div(usual).sub(least), apart = own.sub(means);
        return ratio.add(apart.mul(apart).div(usual), one).sub(one).sub(ratio.log()).mean([1]).mul(half);
    }

    private Tensor Normalize(Tensor input, PlanStep.Normalize step)
    {
        int channels = _tasks * step.Channels;
        bool ofBatch = _training || step.OfBatch;
        if (ofBatch && input.numel() == channels)
            throw new ArgumentException("one value a channel cannot be normalised by its variance; use at least 2 examples in a batch");
        (Tensor? means, Tensor? variances) = (null, null);
        if (!step.OfBatch)
        {
            (means, variances) = (Running(0), Running(1));
            if (MeasuresDivergence && _channel == 0) _divergences = Diverge(input, means, variances);
            _channel += channels;
        }

        return nn.functional.batch_norm(
            input, means, variances, training: ofBatch, momentum: PlanStep.Normalize.Momentum, eps: PlanStep.Normalize.Epsilon);

        Tensor Running(int which) => _statistics.select(0, which).narrow(0, _channel, channels);
    }
}
