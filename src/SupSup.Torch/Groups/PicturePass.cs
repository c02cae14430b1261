using SupSup.Core.Networks;
using SupSup.Core.Training;
using SupSup.Torch.Engines;
using static TorchSharp.torch;

namespace SupSup.Torch.Groups;

/// <summary>Any plan: all tasks in one <see cref="PlanPass"/>, whose gradients are autograd's.</summary>
internal sealed class PicturePass : IGroupPass
{
    private readonly NetworkPlan _plan;
    private readonly PlanStep[] _weighted;
    private readonly GroupLayer[] _layers;
    private readonly int _tasks;
    private readonly Tensor _running;

    /// <summary>Starts, or goes on from the tasks' statistics.</summary>
    public PicturePass(NetworkPlan plan, GroupLayer[] layers, IReadOnlyList<TrainingJob> tasks, Device device)
    {
        (_plan, _layers, _tasks) = (plan, layers, tasks.Count);
        _weighted = [.. plan.Leaves.Where(static step => step.Masked is not null)];
        _running = PlanPass.InitialStatistics(plan, device, _tasks);
        if (tasks[0].From is null || plan.NormalizedChannels == 0) return;
        float[] all = new float[2 * _tasks * plan.NormalizedChannels];
        for (int task = 0; task < _tasks; task++)
        {
            float[] own = tasks[task].From!.Statistics;
            foreach ((int one, int inAll) in Places(task)) all[inAll] = own[one];
        }

        using Tensor known = tensor(all, _running.shape, float32);
        _running.copy_(known);
    }

    public void Differentiate(Tensor inputs, Tensor labels, Tensor losses, Action<int, Tensor> take)
    {
        Tensor[] weights = [.. _layers.Select(static layer => layer.Effective.detach().requires_grad_())];
        Tensor[] shaped = [.. weights.Select((tensor, l) => tensor.view(PlanPass.WeightSizes(_weighted[l], _tasks)))];
        Tensor logits = PlanPass.Run(_plan, inputs.flatten(0, 1), shaped, _running, training: true, _tasks);
        Tensor byTask = logits.view(-1, _tasks, _plan.Outputs).transpose(0, 1).reshape(-1, _plan.Outputs);
        Tensor each = nn.functional.cross_entropy(byTask, labels.flatten(), reduction: nn.Reduction.None).view(_tasks, -1).mean([1]);
        losses.copy_(each.detach());
        IList<Tensor> gradients = autograd.grad([each.sum()], weights);
        for (int l = 0; l < gradients.Count; l++) take(l, gradients[l].contiguous());
    }

    public float[] Statistics(int task)
    {
        using Tensor host = _running.cpu();
        float[] all = [.. host.data<float>()];
        float[] own = new float[2 * _plan.NormalizedChannels];
        foreach ((int one, int inAll) in Places(task)) own[one] = all[inAll];
        return own;
    }

    public void Dispose() => _running.Dispose();

    // Where each of one task's statistics is among those of all; PlanPass has the order.
    private IEnumerable<(int One, int InAll)> Places(int task)
    {
        int channels = _plan.NormalizedChannels, before = 0;
        foreach (int some in _plan.Leaves.OfType<PlanStep.Normalize>().Where(step => !step.OfBatch).Select(step => step.Channels))
        {
            for (int n = before; n < before + some; n++)
            {
                int inAll = (before * _tasks) + (task * some) + n - before;
                yield return (n, inAll);
                yield return (channels + n, (channels * _tasks) + inAll);
            }

            before += some;
        }
    }
}
