using System.Runtime.InteropServices;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Optimizers;
using SupSup.Core.Random;
using SupSup.Core.Training;
using static TorchSharp.torch;

namespace SupSup.Torch.Groups;

/// <summary>What a group keeps of one layer on the device.</summary>
internal sealed class GroupLayer : IDisposable
{
    // Bytes that the host holds at once on the way to the device; more only where one task has more.
    private const long HostBytes = 1 << 28;

    private readonly GroupKernels _kernels;
    private readonly int _kept;
    private readonly float _decay;

    /// <summary>Puts the weights, and the scores and optimiser state of every task, on the device.</summary>
    public GroupLayer(
        FixedNetwork network, int layer, IMaskRule rule, Recipe recipe, IReadOnlyList<TrainingJob> tasks, Device device)
    {
        IScoreOptimizer optimizer = ScoreOptimizers.Get(recipe.Optimizer);
        _kernels = GroupKernels.Get(rule, optimizer, recipe.WeightDecay > 0);
        LayerShape shape = network.Shape.Layers[layer];
        _kept = rule.Kept(shape);
        _decay = ScoreDecay.Factor(recipe.WeightDecay, network.Weights(layer));
        long[] sizes = [tasks.Count, shape.Outputs, shape.FanIn];
        Weights = tensor(network.Weights(layer).ToArray(), [shape.Outputs, shape.FanIn], float32, device);
        Scores = Stack(sizes, device, (task, values) =>
        {
            if (tasks[task].From is { } from) from.Scores[layer].CopyTo(values);
            else if (tasks[task].StartScores is { } scores) scores[layer].CopyTo(values);
            else InitialScores.Fill(
                shape, layer, InitialScores.Seed(network, recipe, TaskSeed.Derive(network.Seed, tasks[task].Index)), values);
        });
        State = [.. Enumerable.Range(0, optimizer.StatePerScore).Select(part => tasks[0].Position == 0
            ? zeros(sizes, float32, device)
            : Stack(sizes, device, (task, values) => tasks[task].From!.OptimizerState[layer].AsSpan(part * shape.Count, shape.Count)
                .CopyTo(values)))];
        Effective = _kernels.Effective(Scores, Weights, _kept);
    }

    private delegate void Fill(int task, Span<float> values);

    /// <summary>Fixed weights W, [out, in].</summary>
    public Tensor Weights { get; }

    /// <summary>Scores S, [tasks, out, in].</summary>
    public Tensor Scores { get; private set; }

    /// <summary>W ⊙ M(S), [tasks, out, in].</summary>
    public Tensor Effective { get; private set; }

    /// <summary>The optimiser's state, each [tasks, out, in].</summary>
    public Tensor[] State { get; private set; }

    /// <summary>One step of every task.</summary>
    /// <param name="gradients">dL/dW_eff, [tasks, out, in].</param>
    /// <param name="size">The scalars of the step.</param>
    public void Step(Tensor gradients, StepSize size)
    {
        Tensor[] stepped = _kernels.Step(Scores, gradients, Weights, State, (_kept, _decay, size));
        foreach (Tensor tensor in stepped) tensor.DetachFromDisposeScope();
        DisposeTasks();
        (Scores, Effective, State) = (stepped[0], stepped[1], stepped[2..]);
    }

    /// <summary>Copies one task's scores to the host, [out · in].</summary>
    public float[] CopyScores(int task) => Copy([Scores], task);

    /// <summary>Copies one task's W ⊙ M(S) to the host, [out · in].</summary>
    public float[] CopyEffective(int task) => Copy([Effective], task);

    /// <summary>Copies one task's optimiser state to the host, one run of values after the other.</summary>
    public float[] CopyState(int task) => Copy(State, task);

    public void Dispose()
    {
        Weights.Dispose();
        DisposeTasks();
    }

    private static float[] Copy(Tensor[] parts, int task)
    {
        int count = (int)(parts[0].shape[1] * parts[0].shape[2]);
        float[] copy = new float[parts.Length * count];
        for (int n = 0; n < parts.Length; n++)
        {
            using Tensor one = parts[n].select(0, task);
            using Tensor host = one.cpu();
            host.bytes.CopyTo(MemoryMarshal.AsBytes(copy.AsSpan(n * count, count)));
        }

        return copy;
    }

    // A few tasks at a time, so that the host never holds all of them.
    private static Tensor Stack(long[] sizes, Device device, Fill fill)
    {
        (int tasks, long bytes) = ((int)sizes[0], sizes[1] * sizes[2] * sizeof(float));
        int atOnce = (int)Math.Clamp(HostBytes / bytes, 1, Math.Min(tasks, Environment.ProcessorCount));
        Tensor stack = empty(sizes, float32, device);
        using Tensor host = empty([atOnce, sizes[1], sizes[2]], float32);
        for (int first = 0; first < tasks; first += atOnce)
        {
            int some = Math.Min(atOnce, tasks - first);
            Parallel.For(0, some, n =>
            {
                using Tensor one = host.select(0, n);
                fill(first + n, MemoryMarshal.Cast<byte, float>(one.bytes));
            });
            using Tensor target = stack.narrow(0, first, some);
            using Tensor source = host.narrow(0, 0, some);
            target.copy_(source);
        }

        return stack;
    }

    private void DisposeTasks()
    {
        Scores.Dispose();
        Effective.Dispose();
        foreach (Tensor part in State) part.Dispose();
    }
}
