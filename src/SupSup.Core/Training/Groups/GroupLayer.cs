using SupSup.Core.Networks;
using SupSup.Core.Random;
using static TorchSharp.torch;

namespace SupSup.Core.Training.Groups;

/// <summary>What a group keeps of one layer on the device.</summary>
internal sealed class GroupLayer : IDisposable
{
    /// <summary>Puts the weights, and the scores and optimiser state of every task, on the device.</summary>
    public GroupLayer(FixedNetwork network, int layer, IReadOnlyList<TrainingJob> tasks, int statePerScore, Device device)
    {
        LayerShape shape = network.Shape.Layers[layer];
        long[] sizes = [tasks.Count, shape.Outputs, shape.Inputs];
        Weights = tensor(network.Weights(layer).ToArray(), [shape.Outputs, shape.Inputs], float32, device);
        Scores = Stack(tasks.Count, shape.Count, sizes, device, (task, values) =>
        {
            if (tasks[task].From is { } from) from.Scores[layer].CopyTo(values);
            else InitialScores.Fill(shape, layer, TaskSeed.Derive(network.Seed, tasks[task].Index), values);
        });
        State = [.. Enumerable.Range(0, statePerScore).Select(part => tasks[0].Position == 0
            ? zeros(sizes, float32, device)
            : Stack(tasks.Count, shape.Count, sizes, device, (task, values) => tasks[task].From!.OptimizerState[layer].AsSpan(part * shape.Count, shape.Count).CopyTo(values)))];
    }

    private delegate void Fill(int task, Span<float> values);

    /// <summary>Fixed weights W, [out, in].</summary>
    public Tensor Weights { get; }

    /// <summary>Scores S, [tasks, out, in].</summary>
    public Tensor Scores { get; }

    /// <summary>The optimiser's state, each [tasks, out, in].</summary>
    public Tensor[] State { get; }

    /// <summary>Copies one task's scores to the host, [out · in].</summary>
    public float[] CopyScores(int task) => Copy(Scores, task);

    /// <summary>Copies one task's optimiser state to the host, one run of values after the other.</summary>
    public float[] CopyState(int task) => [.. State.SelectMany(part => Copy(part, task))];

    public void Dispose()
    {
        Weights.Dispose();
        Scores.Dispose();
        foreach (Tensor part in State) part.Dispose();
    }

    private static float[] Copy(Tensor values, int task)
    {
        using Tensor one = values.select(0, task);
        using Tensor host = one.cpu();
        return host.data<float>().ToArray();
    }

    // Task by task, so that the host never holds all of them in one array: a large group would pass an array's limit.
    private static Tensor Stack(int tasks, int count, long[] sizes, Device device, Fill fill)
    {
        Tensor stack = empty(sizes, float32, device);
        float[][] values = [.. Enumerable.Range(0, Math.Min(tasks, Environment.ProcessorCount)).Select(_ => new float[count])];
        for (int first = 0; first < tasks; first += values.Length)
        {
            int some = Math.Min(values.Length, tasks - first);
            Parallel.For(0, some, n => fill(first + n, values[n]));
            for (int n = 0; n < some; n++)
            {
                using Tensor target = stack.select(0, first + n);
                using Tensor source = tensor(values[n], sizes.AsSpan(1));
                target.copy_(source);
            }
        }

        return stack;
    }
}
