using SupSup.Core.Networks;
using SupSup.Reference;
using TorchSharp;
using static TorchSharp.torch;

namespace SupSup.Peers;

/// <summary>A network over pictures with dense weights of its own, as a TorchSharp user writes, trains and asks it.</summary>
public sealed class PlainPictures : IDisposable
{
    private readonly NetworkPlan _plan;
    private readonly PlanModule _network;
    private readonly optim.Optimizer _optimizer;

    /// <summary>Builds it with weights of PyTorch's own draw, and Adam.</summary>
    /// <param name="plan">The plan.</param>
    public PlainPictures(NetworkPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        _plan = plan;
        _network = new PlanModule(
            plan,
            static (step, _) => step is PlanStep.Convolve one
                ? nn.Conv2d(one.Inputs, one.Outputs, one.Window, one.Stride, one.Padding, bias: false)
                : nn.Conv2d(step.Masked!.Value.FanIn, step.Masked.Value.Outputs, 1, bias: false),
            static norm => nn.BatchNorm2d(norm.Channels));
        _optimizer = optim.Adam(_network.parameters(), 1e-3, weight_decay: 1e-4);
    }

    /// <summary>Trains on one batch.</summary>
    /// <param name="inputs">[rows, channels, rows, columns].</param>
    /// <param name="labels">[rows].</param>
    public void Step(Tensor inputs, Tensor labels)
    {
        using DisposeScope scope = NewDisposeScope();
        _network.train();
        Tensor loss = nn.functional.cross_entropy(_network.call(inputs), labels);
        _optimizer.zero_grad();
        loss.backward();
        _optimizer.step();
    }

    /// <summary>The logits of rows of numbers, [rows, s].</summary>
    /// <param name="inputs">[rows, in].</param>
    /// <param name="rows">Rows.</param>
    public float[] Logits(float[] inputs, int rows)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable constant = no_grad();
        _network.eval();
        return [.. _network.call(tensor(inputs, [rows, _plan.Inputs])).data<float>()];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _optimizer.Dispose();
        _network.Dispose();
    }
}
